import Base
import Foundation
package import Portfolio
package import StrictJSON
import Synchronization

/// A folder of reports that `tapedeck backtest --output` wrote, one per file `NAME.json`.
///
/// It returns file names without folders, so that reports reveal nothing about the machine that ran the backtest.
package final class BacktestFolder: Sendable {
    /// A list's entry for one report.
    package struct Entry: Encodable, Sendable, Equatable {
        /// Name of the file, without `.json`.
        package let id: String
        /// When the file was written, in UTC.
        package let written: String
        package let rules: String
        package let simulated: Bool
        package let first_day: String?
        package let last_day: String?
        package let trades: Int
        package let total_return: Double?
        package let sharpe: Double?
        /// 0 or negative.
        package let max_drawdown: Double?
        /// Whether the look-ahead certificate passed; `nil` if there is none.
        package let certificate_passed: Bool?
    }

    /// All reports, newest first.
    package struct Listing: Encodable, Sendable {
        package var results: [Entry] = []
        /// Files that are not reports, with the reason.
        package var not_read: [String: String] = [:]
    }

    /// Identifies a version of a file.
    private struct Stamp: Equatable {
        let size: Int
        let written: Date
    }

    private struct Known {
        let stamp: Stamp
        let entry: Result<Entry, BacktestError>
    }

    package let path: String
    private let known = Mutex<[String: Known]>([:])

    private static let ending = ".json"
    /// Larger files are not read.
    private static let mostBytes = 256 << 20

    /// - Throws: `BacktestError` if it is not a folder.
    package init(_ path: String) throws(BacktestError) {
        guard FileSystem.isFolder(path) else {
            throw BacktestError(.unavailable, "\(path) is not a folder; 'tapedeck backtest --output \(path)/NAME.json' writes reports into it")
        }
        self.path = path
    }

    /// Lists the reports.
    /// - Throws: `BacktestError` if the folder cannot be read.
    package func list() throws(BacktestError) -> Listing {
        var listing = Listing()
        var found: [(Date, Entry)] = []
        for (name, stamp) in try files() {
            switch entry(name, stamp) {
            case .success(let entry): found.append((stamp.written, entry))
            case .failure(let error): listing.not_read[name] = error.message
            }
        }
        listing.results = found.sorted { $0.0 != $1.0 ? $0.0 > $1.0 : $0.1.id < $1.1.id }.map(\.1)
        return listing
    }

    /// Reads a report.
    /// - Parameter id: as in the list.
    /// - Returns: `nil` if there is none of that name.
    /// - Throws: `BacktestError` if it is not a report, or the folder cannot be read.
    package func report(_ id: String) throws(BacktestError) -> JSONValue? {
        // Open only names from the folder's own listing.
        let name = id + Self.ending
        guard let stamp = try files()[name] else { return nil }
        return try Self.withoutFolders(try read(name, stamp))
    }

    // MARK: Reading

    private func files() throws(BacktestError) -> [String: Stamp] {
        do {
            let keys: Set<URLResourceKey> = [.isRegularFileKey, .fileSizeKey, .contentModificationDateKey]
            let urls = try FileManager.default.contentsOfDirectory(
                at: URL(fileURLWithPath: path, isDirectory: true), includingPropertiesForKeys: Array(keys), options: [.skipsHiddenFiles])
            return urls.reduce(into: [:]) { files, url in
                guard url.lastPathComponent.hasSuffix(Self.ending), let values = try? url.resourceValues(forKeys: keys),
                    values.isRegularFile == true, let size = values.fileSize, let written = values.contentModificationDate
                else { return }
                files[url.lastPathComponent] = Stamp(size: size, written: written)
            }
        } catch {
            throw BacktestError(.unavailable, "the folder of backtests cannot be read: \(error.localizedDescription)")
        }
    }

    private func read(_ name: String, _ stamp: Stamp) throws(BacktestError) -> JSONValue {
        guard stamp.size <= Self.mostBytes else { throw BacktestError(.invalidInput, "has \(stamp.size) bytes, more than a report can have") }
        guard let data = FileManager.default.contents(atPath: path + "/" + name) else { throw BacktestError(.unavailable, "cannot be read") }
        do {
            return try JSONValue(parsing: Array(data))
        } catch {
            throw BacktestError(.malformed, "is not JSON: \(error)")
        }
    }

    private func entry(_ name: String, _ stamp: Stamp) -> Result<Entry, BacktestError> {
        if let known = known.withLock({ $0[name] }), known.stamp == stamp { return known.entry }
        let entry: Result<Entry, BacktestError>
        do throws(BacktestError) {
            entry = .success(try Self.entry(String(name.dropLast(Self.ending.count)), stamp.written, try read(name, stamp)))
        } catch {
            entry = .failure(error)
        }
        known.withLock { $0[name] = Known(stamp: stamp, entry: entry) }
        return entry
    }

    private static func entry(_ id: String, _ written: Date, _ report: JSONValue) throws(BacktestError) -> Entry {
        guard let rules = report["rules"]?.string, let trades = report["trades"]?.array, let equity = report["equity"]?.array,
            let metrics = report["metrics"]
        else { throw BacktestError(.malformed, "is not a report of 'tapedeck backtest --output'") }
        func share(_ name: String, percent: String) -> Double? { metrics[name]?.double ?? metrics[percent]?.double.map { $0 / 100 } }
        let certificate = report["certificate"]
        return Entry(
            id: id, written: written.ISO8601Format(), rules: rules, simulated: report["simulated"]?.bool ?? false,
            first_day: equity.first?["date"]?.string, last_day: equity.last?["date"]?.string, trades: trades.count,
            total_return: share("total_return", percent: "total_return_pct"), sharpe: metrics["sharpe"]?.double ?? metrics["sharpe_ratio"]?.double,
            max_drawdown: share("max_drawdown", percent: "max_drawdown_pct"),
            certificate_passed: certificate?["reason"]?.string == nil ? certificate?["passed"]?.bool : nil)
    }

    // MARK: Paths

    /// Settings that name files.
    private static let paths: Set = ["data", "model", "prices", "cluster_dir", "best_clusters_file", "embeddings_cache"]

    /// The report with paths replaced by file names in all its texts.
    private static func withoutFolders(_ report: JSONValue) throws(BacktestError) -> JSONValue {
        guard case .object(var members) = report, case .object(let settings)? = report["settings"] else {
            throw BacktestError(.malformed, "is not a report of 'tapedeck backtest --output'")
        }
        var names: [(path: String, name: String)] = []
        for (key, value) in settings where paths.contains(key) {
            for path in (value.string ?? "").split(separator: ",").map(String.init) where path.contains("/") {
                names.append((path, path.split(separator: "/").last.map(String.init) ?? path))
            }
        }
        names.sort { $0.path.utf8.count > $1.path.utf8.count }
        guard !names.isEmpty else { return report }
        func replaced(_ value: JSONValue) -> JSONValue {
            switch value {
            case .string(let text): .string(names.reduce(text) { $0.replacing($1.path, with: $1.name) })
            case .array(let items): .array(items.map(replaced))
            case .object(let members): .object(members.mapValues(replaced))
            default: value
            }
        }
        for key in ["settings", "warnings", "certificate"] { if let value = members[key] { members[key] = replaced(value) } }
        return .object(members)
    }
}
