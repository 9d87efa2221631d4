import Base
import Foundation
public import MarketData
import StockFeatures

/// Merges caches of one model, and selects days and tickers.
public struct CacheMerge: Sendable {
    /// What to do when two files hold different vectors for the same ticker and day.
    public enum ConflictPolicy: String, Sendable, CaseIterable {
        /// Write nothing and throw.
        case fail
        /// Use the file named first.
        case first
        /// Use the file named last.
        case last
    }

    /// The files to merge, in the order given.
    public let files: [CacheFile]
    private let additions: [CacheAdditions]
    private let layout: CacheLayout

    /// Plans a merge.
    /// - Parameters:
    ///   - files: at least one. Vectors added to them after misses are merged too.
    ///   - days: selects the days to keep.
    ///   - tickers: selects the tickers to keep.
    /// - Throws: `CacheError`: `.mismatch` naming two files of different models or vector types, `.empty` when nothing is
    ///   left.
    public init(
        _ files: [CacheFile], days: (Day) -> Bool = { _ in true }, tickers: (String) -> Bool = { _ in true }
    ) throws(CacheError) {
        guard let first = files.first else { throw CacheError(.empty, "", "no cache file was named") }
        for file in files {
            guard file.fingerprint == first.fingerprint else {
                throw CacheError(
                    .mismatch, file.path,
                    "holds vectors of another model than \(first.path): it has "
                        + file.fingerprint.differences(from: first.fingerprint))
            }
            guard file.vectorType == first.vectorType, file.dimension == first.dimension else {
                throw CacheError(
                    .mismatch, file.path,
                    "holds \(file.dimension) x \(file.vectorType.rawValue), and \(first.path) "
                        + "\(first.dimension) x \(first.vectorType.rawValue)")
            }
        }
        var additions: [CacheAdditions] = []
        for file in files { additions.append(try CacheAdditions(beside: file)) }
        let added = additions.flatMap(\.all)
        var layout = first.layout
        layout.days = Set(files.flatMap(\.days)).union(added.map(\.day)).sorted()
            .filter(days)
        layout.tickers = Set(files.flatMap(\.tickers)).union(added.map(\.ticker)).sorted(by: bytesAscend)
            .filter(tickers)
        var names: [String] = []
        for file in files where !names.contains(file.dataset) { names.append(file.dataset) }
        layout.dataset = names.joined(separator: ", ")
        guard !layout.days.isEmpty, !layout.tickers.isEmpty else {
            throw CacheError(.empty, first.path, "no day or no ticker is left; nothing was written")
        }
        (self.files, self.additions, self.layout) = (files, additions, layout)
    }

    /// Days of the merged file, ascending.
    public var days: [Day] { layout.days }
    /// Tickers of the merged file, in ascending byte order.
    public var tickers: [String] { layout.tickers }

    /// A cell for which two files hold different vectors.
    public struct Conflict: Sendable, Equatable {
        /// Ticker of the cell.
        public let ticker: String
        /// Day of the cell.
        public let day: Day
        /// Length of the difference divided by the length of the longer vector.
        public let difference: Double
    }

    /// Writes the merged file.
    /// - Parameters:
    ///   - tolerance: vectors agree if the length of their difference is at most this share of the longer vector's length.
    ///     An import and a build of the same cells differ by rounding, about 1e-6. Of two vectors that agree, the one whose
    ///     window is known is used, so that `cache verify` can compare it with features.
    ///   - overwrite: whether to replace an existing file that is not one of the merged files.
    /// - Returns: the cells in conflict.
    /// - Throws: `CacheError`: `.conflict`, naming the first cell, when the policy is `.fail`; `.damaged` when a day to copy
    ///   does not match its checksum.
    @discardableResult
    public func write(
        to path: String, conflicts policy: ConflictPolicy = .fail, tolerance: Double = 0, overwrite: Bool = false
    ) throws -> [Conflict] {
        let lock = try CacheLock(for: path)
        defer { _ = lock }
        let isInput = files.contains { $0.isFile(at: path) }
        for file in files { try CacheError.refuse(path, replacing: file.path, inPlace: isInput) }
        guard overwrite || isInput || !FileManager.default.fileExists(atPath: path) else {
            throw CacheError(.exists, path, "exists already: name another file, or give --overwrite")
        }
        for file in files { try file.requireIntact(layout.days) }
        let (choices, conflicts) = choose(policy, tolerance)
        if policy == .fail, let first = conflicts.first {
            let largest = conflicts.reduce(0) { max($0, $1.difference) }
            throw CacheError(
                .conflict, "",
                "the files hold different vectors for \(conflicts.count) cells, the first of them \(first.ticker) "
                    + "on \(first.day), with a difference of at most \(String(format: "%.1e", largest)) of a vector's length; "
                    + (largest < Self.rounding ? "that is rounding: give --tolerance \(Self.rounding), or " : "")
                    + "say which to believe with --conflicts first or last")
        }
        let columns = files.map { file in layout.tickers.map { file.place(of: $0) } }
        try CacheFileWriter.write(path, layout, failures: failures(choices)) { day, block in
            let places = files.map { $0.place(of: layout.days[day]) }
            for ticker in layout.tickers.indices {
                let choice = choices[day * layout.tickers.count + ticker]
                if choice.isAdded {
                    guard let record = additions[choice.file].record(layout.tickers[ticker], layout.days[day]) else { continue }
                    try record.vector.withUnsafeBytes {
                        try block.set(
                            ticker, record.status, window: record.window, scale: record.scale, error: record.error, vector: $0)
                    }
                } else if let place = places[choice.file], let column = columns[choice.file][ticker] {
                    try files[choice.file].copy(day: place, ticker: column, to: ticker, of: &block)
                }
            }
        }
        if isInput { unlink(CacheAdditions.path(of: path)) }
        return conflicts
    }

    /// The file that a cell is taken from.
    private struct Choice {
        var file = 0
        var isAdded = false
        var status = CellStatus.notTried
    }

    /// How much a status says about a cell; higher is more.
    private static func rank(_ status: CellStatus) -> Int {
        switch status {
        case .notTried: 0
        case .noData: 1
        case .shortHistory: 2
        case .failed: 3
        case .cached: 4
        }
    }

    /// Largest relative difference called rounding: what a different order of float32 operations changes in a vector, found
    /// by experiment.
    private static let rounding = 1e-4

    private func choose(_ policy: ConflictPolicy, _ tolerance: Double) -> ([Choice], [Conflict]) {
        var choices = [Choice](repeating: Choice(), count: layout.days.count * layout.tickers.count)
        var conflicts: [Conflict] = []
        for (dayPlace, day) in layout.days.enumerated() {
            for (tickerPlace, ticker) in layout.tickers.enumerated() {
                var choice = Choice()
                var largest: Double?
                for index in files.indices {
                    for candidate in candidates(index, ticker, day) {
                        if candidate.status == .cached, choice.status == .cached {
                            let difference = difference(candidate, choice, ticker, day)
                            if difference <= tolerance {
                                if window(choice, ticker, day) == 0, window(candidate, ticker, day) != 0 { choice = candidate }
                                continue
                            }
                            largest = max(largest ?? 0, difference)
                            if policy == .last { choice = candidate }
                        } else if Self.rank(candidate.status) > Self.rank(choice.status) {
                            choice = candidate
                        }
                    }
                }
                if let largest { conflicts.append(Conflict(ticker: ticker, day: day, difference: largest)) }
                choices[dayPlace * layout.tickers.count + tickerPlace] = choice
            }
        }
        return (choices, conflicts)
    }

    private func candidates(_ index: Int, _ ticker: String, _ day: Day) -> [Choice] {
        let status = files[index].status(of: ticker, on: day) ?? .notTried
        let stored = Choice(file: index, isAdded: false, status: status)
        guard status != .cached, let record = additions[index].record(ticker, day) else { return [stored] }
        return [stored, Choice(file: index, isAdded: true, status: record.status)]
    }

    /// Length of the difference of two vectors divided by the length of the longer one; 0 when their bytes are equal.
    private func difference(_ left: Choice, _ right: Choice, _ ticker: String, _ day: Day) -> Double {
        withStored(left, ticker, day) { left, leftScale in
            withStored(right, ticker, day) { right, rightScale in
                if leftScale == rightScale, left.count == right.count, let one = left.baseAddress, let other = right.baseAddress,
                    memcmp(one, other, left.count) == 0
                {
                    return 0
                }
                return Self.difference(layout.type.load(left, scale: leftScale), layout.type.load(right, scale: rightScale))
            }
        }
    }

    private static func difference(_ left: [Float], _ right: [Float]) -> Double {
        var (sum, leftSum, rightSum) = (0.0, 0.0, 0.0)
        for (one, other) in zip(left, right) {
            let (one, other) = (Double(one), Double(other))
            sum += (one - other) * (one - other)
            leftSum += one * one
            rightSum += other * other
        }
        let length = max(leftSum, rightSum)
        return length > 0 ? (sum / length).squareRoot() : 0
    }

    /// Digest of the encoded window; 0 if unknown.
    private func window(_ choice: Choice, _ ticker: String, _ day: Day) -> UInt64 {
        if choice.isAdded { return additions[choice.file].record(ticker, day)?.window ?? 0 }
        guard let place = files[choice.file].place(of: day), let column = files[choice.file].place(of: ticker) else { return 0 }
        return files[choice.file].window(day: place, ticker: column)
    }

    private func withStored<Result>(
        _ choice: Choice, _ ticker: String, _ day: Day, _ body: (UnsafeRawBufferPointer, Float) -> Result
    ) -> Result {
        if choice.isAdded, let record = additions[choice.file].record(ticker, day) {
            return record.vector.withUnsafeBytes { body($0, record.scale) }
        }
        let file = files[choice.file]
        guard let place = file.place(of: day), let column = file.place(of: ticker) else {
            return body(UnsafeRawBufferPointer(start: nil, count: 0), 0)
        }
        return file.withVector(day: place, ticker: column) { body($0, file.scale(day: place, ticker: column)) }
    }

    private func failures(_ choices: [Choice]) -> [CacheFailure] {
        let reasons = files.map { file in
            Dictionary(file.failures.map { (CacheAdditions.Key(ticker: $0.ticker, day: $0.day), $0.reason) }) { $1 }
        }
        var failures: [CacheFailure] = []
        for (dayPlace, day) in layout.days.enumerated() {
            for (tickerPlace, ticker) in layout.tickers.enumerated() {
                let choice = choices[dayPlace * layout.tickers.count + tickerPlace]
                guard choice.status == .failed else { continue }
                let reason =
                    choice.isAdded
                    ? additions[choice.file].record(ticker, day)?.reason
                    : reasons[choice.file][CacheAdditions.Key(ticker: ticker, day: day)]
                failures.append(CacheFailure(ticker: ticker, day: day, reason: reason ?? "no reason is known"))
            }
        }
        return failures
    }
}
