import Foundation
import MarketData
import ObjectStore

/// What a source holds, sorted by what it is: pinned when the run begins.
struct SourceFiles: Sendable {
    struct OptionDay: Sendable {
        var key: String
        var day: Day
        var etag: String
        var size: Int
    }

    struct Stock: Sendable {
        var key: String
        var layout: StockFileReader.Layout
        var etag: String
        var size: Int
    }

    var options: [OptionDay] = []
    var stocks: [Stock] = []
    /// Objects that are not read, and why.
    var skipped: [String: String] = [:]
    var warnings: [String] = []
    var isSimulated = false
    private var sizes: [String: Int] = [:]

    var fileCount: Int { options.count + stocks.count }
    var byteCount: Int { options.reduce(0) { $0 + $1.size } + stocks.reduce(0) { $0 + $1.size } }

    func size(_ key: String) -> Int { sizes[key] ?? 0 }

    func optionDays(year: Int) -> [OptionDay] { options.filter { $0.day.year == year } }
}
