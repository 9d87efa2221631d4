import ArgumentParser
import EmbeddingCache
import Foundation
import MarketData
import ModelFiles
import Monitoring

struct CacheInfo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Show what a cache holds and which model encoded it.",
        discussion: """
            Example:
              tapedeck cache info cache.h5
            """)

    @Argument(help: ArgumentHelp("Cache to show.", valueName: "file"))
    var path: String

    @Flag(help: "List every failed ticker with its days and the reason.")
    var failures = false

    @Flag(help: "List the tickers with the number of cached days of each.")
    var tickers = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let file = try CacheFile(path)
        let report = CacheReport(file, path: path)
        if json { return try Terminal.printJSON(report) }
        let model = file.fingerprint.model
        print("\(path): \(Numbers.bytes(file.byteCount))")
        print(
            "model: \(model.architecture), \(model.features) features, width \(model.hidden), \(model.layers) layers of "
                + "\(model.heads) heads, \(model.precision), weights \(model.weightsSHA256.prefix(16))")
        print(
            file.fingerprint.mode == .window
                ? "windows: the last \(file.fingerprint.rows) rows" : "windows: the day's row \(file.fingerprint.rows) times")
        print("vectors: \(file.dimension) x \(file.vectorType.rawValue), \(Numbers.bytes(report.vector_bytes))")
        if let mean = report.rounding_error_mean, let largest = report.rounding_error_largest {
            print("rounding: \(scientific(mean)) of a vector's length on average, \(scientific(largest)) at most")
        }
        print("features: \(file.dataset)")
        print("days: \(file.days.count), \(file.days.first?.description ?? "") to \(file.days.last?.description ?? "")")
        print("tickers: \(Numbers.grouped(file.tickers.count))")
        print(CacheText.cells(file.counts()))
        if tickers {
            for ticker in file.tickers {
                print("\(ticker)  \(file.days.count { file.status(of: ticker, on: $0) == .cached })")
            }
        }
        if failures { CacheText.failures(file).forEach { print($0) } }
    }

    private func scientific(_ value: Double) -> String { String(format: "%.1e", value) }
}
