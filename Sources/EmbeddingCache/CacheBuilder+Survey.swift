import Base
import Encoders
import Foundation
import MarketData
import ObjectStore
import StockFeatures

extension CacheBuilder {
    /// What a build would do, counted before it starts.
    public struct Survey: Sendable {
        /// Whether the finished file already exists.
        public internal(set) var isComplete = false
        /// Cells done by an earlier run.
        public internal(set) var doneEarlier = 0
        /// Remaining cells that have a window. Windows may repeat; each distinct one is encoded once.
        public internal(set) var windows = 0
        /// Remaining cells without features on their day.
        public internal(set) var noData = 0
        /// Remaining cells with fewer rows than a window.
        public internal(set) var shortHistory = 0
        /// Remaining cells that will fail.
        public internal(set) var failed = 0
        /// The reason for each ticker that will fail, with its first day, in the order of the plan.
        public internal(set) var failures: [CacheFailure] = []
        /// Bytes that `FILE.partial` will grow to. It and the finished file exist at the same time.
        public internal(set) var partialBytes = 0
        /// Bytes of the finished file.
        public internal(set) var fileBytes = 0
        /// Current size of `FILE.partial`, in bytes.
        public internal(set) var partialBytesNow = 0
        /// Free bytes in the folder of the file; nil if the system does not report them.
        public internal(set) var freeBytes: Int?
        /// Upper bound on the seconds spent on encoding.
        public internal(set) var seconds = 0.0

        /// Bytes that the build still needs before it removes `FILE.partial`.
        public var bytesNeeded: Int { max(0, partialBytes - partialBytesNow) + fileBytes }
    }

    /// Surveys what a build would do, and encodes one batch to estimate the time. Writes nothing.
    /// - Parameters: as for `run`.
    /// - Throws: what `run` throws when it refuses to start, and errors of the encoder.
    public func survey(
        _ plan: Plan, to path: String, restart: Bool = false, overwrite: Bool = false
    ) async throws -> Survey {
        try CacheError.refuse(path, replacing: features.path)
        var survey = Survey()
        var done: [String: Set<Day>] = [:]
        let journal = CacheJournal.path(of: path)
        let begun = restart ? nil : try CacheJournal.read(journal) { record, _ in done[record.ticker, default: []].insert(record.day) }
        if let begun {
            try CacheJournal.require(begun.header, header(plan), journal)
            survey.partialBytesNow = begun.end
        } else if !overwrite, FileManager.default.fileExists(atPath: path), try complete(plan, at: path) != nil {
            survey.isComplete = true
            return survey
        }
        survey.doneEarlier = done.values.reduce(0) { $0 + $1.count }
        survey.partialBytes = try begun?.end ?? CacheJournal.headerBytes(header(plan))
        for record in plan.additions where done[record.ticker]?.contains(record.day) != true {
            survey.partialBytes += CacheJournal.byteCount(record)
        }
        for work in plan.work {
            let days = done[work.ticker].map { done in work.days.filter { !done.contains($0) } } ?? work.days
            count(TickerWork(ticker: work.ticker, days: days), in: &survey)
        }
        survey.fileBytes = plan.layout.fileBytes
        survey.freeBytes = Self.freeBytes(in: FileSystem.folder(of: FileIdentity(path).path))
        if survey.windows > 0 { survey.seconds = try await secondsPerWindow(plan) * Double(survey.windows) }
        return survey
    }

    private func count(_ work: TickerWork, in survey: inout Survey) {
        guard let first = work.days.first else { return }
        func add(_ status: CellStatus, reason: String = "") {
            let vector = status == .cached ? vectorType.byteCount(dimension: encoder.dimension) : 0
            survey.partialBytes += CacheJournal.byteCount(JournalRecord(ticker: work.ticker, day: first, status: status, reason: reason)) + vector
        }
        do throws(FeatureFileError) {
            let table = try features.features(of: work.ticker)
            try WindowCutter.requireWidth(table, fingerprint)
            for day in work.days {
                switch WindowCutter.place(day, table, fingerprint) {
                case .rows:
                    survey.windows += 1
                    add(.cached)
                case .none(let status):
                    if status == .noData { survey.noData += 1 } else { survey.shortHistory += 1 }
                    add(status)
                }
            }
        } catch {
            let failure = JournalRecord.failed(work.ticker, first, error.message)
            survey.failed += work.days.count
            survey.failures.append(CacheFailure(ticker: work.ticker, day: first, reason: failure.reason))
            for _ in work.days { add(.failed, reason: failure.reason) }
        }
    }

    /// Seconds per window, measured by encoding one batch; 0 when no window can be read.
    private func secondsPerWindow(_ plan: Plan) async throws -> Double {
        let source = WindowSource(features, fingerprint, plan.work, batchSize: batchSize)
        while let batch = await source.next() {
            guard batch.windows.count > 0 else { continue }
            let clock = ContinuousClock()
            let start = clock.now
            _ = try await encoder.encode(batch.windows)
            return Double((clock.now - start) / .milliseconds(1)) / 1000 / Double(batch.windows.count)
        }
        return 0
    }

    private static func freeBytes(in folder: String) -> Int? {
        var system = statvfs()
        guard statvfs(folder, &system) == 0 else { return nil }
        return Int(clamping: UInt64(system.f_bavail).multipliedReportingOverflow(by: UInt64(system.f_frsize)).partialValue)
    }
}
