import ArgumentParser
import EmbeddingCache
import Foundation
import Monitoring
import StockFeatures

struct CacheVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check every day of a cache against its checksum and name damaged days.",
        discussion: """
            With --dataset-path, also checks whether the features are still those that were encoded. Exit code 1: a day is \
            damaged, or features have changed.

            Example:
              tapedeck cache verify cache.h5 --dataset-path features.h5
            """)

    @Argument(help: ArgumentHelp("Cache to check.", valueName: "file"))
    var path: String

    @Option(help: ArgumentHelp("Feature file to compare with.", valueName: "file"))
    var datasetPath: String?

    @Option(help: ArgumentHelp("Feature dates that do not ascend: refuse fails the ticker, sort sorts its rows."))
    var dates: FeatureFile.DateRule = .refuse

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let file = try CacheFile(path)
        let found = try await CacheVerification(file, features: try datasetPath.map { try FeatureFile($0, dates: dates) })
        if json {
            try Terminal.printJSON(found)
        } else {
            for day in found.damagedDays { print("damaged: \(day)") }
            for cell in found.changed.prefix(20) { print("features have changed: \(cell.ticker) on \(cell.day)") }
            if found.changed.count > 20 { print("and \(Numbers.grouped(found.changed.count - 20)) more") }
            if found.isSound {
                print(
                    "\(path): \(file.days.count) days are intact"
                        + (datasetPath == nil ? "" : ", \(Numbers.grouped(found.compared)) windows are unchanged"))
            }
        }
        guard found.damagedDays.isEmpty else {
            Terminal.complain(
                "Error: \(found.damagedDays.count) days are damaged; remove them with 'tapedeck cache prune', then "
                    + "'tapedeck cache append' encodes them again")
            throw ExitCode.failure
        }
        guard found.isSound else {
            Terminal.complain(
                "Error: the features of \(Numbers.grouped(found.changed.count)) cells differ from those that were encoded; build the "
                    + "cache again")
            throw ExitCode.failure
        }
    }
}
