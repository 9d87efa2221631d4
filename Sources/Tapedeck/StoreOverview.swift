import Archive
import Foundation
package import Generation
package import MarketData
import Monitoring
import Queries

/// The server's summary of its store: `StoreStatus` without texts that may name files of the machine, and with the days, names
/// and models that questions can refer to.
package struct StoreOverview: Encodable, Sendable {
    package struct Model: Encodable, Sendable {
        package let key: String
        package let dimension: Int
        package let precision: String
        package let max_tokens: Int
    }

    package let summary: GenerationSummary
    package let models: [Model]
    /// Days with option quotes: the first and the last; absent in a store without options.
    package let first_day: Day?
    package let last_day: Day?
    package let sessions: Int
    package let symbols: [String]
    /// Which rows of workers answers lack.
    package let notes: [String]

    private enum CodingKeys: String, CodingKey { case model_details, first_day, last_day, sessions, symbols, notes }

    package func encode(to encoder: any Encoder) throws {
        try summary.encode(to: encoder)
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(models, forKey: .model_details)
        try box.encodeIfPresent(first_day, forKey: .first_day)
        try box.encodeIfPresent(last_day, forKey: .last_day)
        try box.encode(sessions, forKey: .sessions)
        try box.encode(symbols, forKey: .symbols)
        if !notes.isEmpty { try box.encode(notes, forKey: .notes) }
    }
}

/// How far a run is, by year and model.
package struct RunProgress: Encodable, Hashable, Sendable {
    package struct Year: Encodable, Hashable, Sendable {
        package let year: Int
        package let files: Int
        package let files_done: Int
        /// Share that has been read, 0 to 1.
        package let share: Double
        package let rows: Int
        package let quarantined: Int
        package let is_done: Bool
    }

    package struct Model: Encodable, Hashable, Sendable {
        package let key: String
        package let precision: String?
        package let texts: Int
        package let texts_per_second: Double?
        package let indices: Int
    }

    package let run: String
    /// As in `RunStatus`.
    package let state: String
    package let started: String
    package let last_sign: String
    package let share: Double?
    package let rows: Int
    package let quarantined: Int
    package let rows_per_second: Double?
    package let eta_seconds_low: Double?
    package let eta_seconds_high: Double?
    package let warnings: Int
    package let is_at_work: Bool
    package let years: [Year]
    package let models: [Model]

    init(_ state: RunState, now: Date) {
        let status = RunStatus(state, now: now)
        run = status.run
        self.state = status.state
        started = status.started
        last_sign = status.lastSign
        share = status.share
        rows = status.rows
        quarantined = state.quarantined
        rows_per_second = status.rowsPerSecond
        eta_seconds_low = status.etaSecondsLow
        eta_seconds_high = status.etaSecondsHigh
        warnings = state.warningCount
        is_at_work = status.isAtWork
        years = state.years.map {
            Year(
                year: $0.year, files: $0.files, files_done: $0.filesDone, share: $0.share, rows: $0.rows, quarantined: $0.quarantined,
                is_done: $0.isDone)
        }
        models = state.models.sorted { $0.key < $1.key }.map { key, model in
            Model(
                key: key, precision: model.precision, texts: model.texts,
                texts_per_second: model.seconds > 0 ? Double(model.texts) / model.seconds : nil, indices: model.indices)
        }
    }
}

extension Store {
    /// - Throws: `ArchiveError` where there is no store; errors of the store.
    package func overview() async throws -> StoreOverview {
        let (base, stored) = try await unlessChanged {
            let base = try await searchBase()
            return (base, try await GenerationSummary.read(base.archive))
        }
        var summary = stored
        summary.warnings = []
        summary.skippedFiles = summary.skippedFiles.mapValues { _ in "`tapedeck status` gives the reason" }
        let days = try await base.optionDays()
        return StoreOverview(
            summary: summary,
            models: base.archive.manifest.models.sorted { $0.key < $1.key }.map { key, model in
                StoreOverview.Model(key: key, dimension: model.dimension, precision: model.precision, max_tokens: model.maxTokens)
            },
            first_day: days.first, last_day: days.last, sessions: days.count, symbols: base.tickers.sorted(),
            notes: base.archive.notes)
    }

    /// The runs whose events the store still has, newest first.
    /// - Throws: `MonitoringError` when a log is damaged; errors of the store.
    package func runs() async throws -> [RunProgress] {
        try await EventLog(store: objects).runs().reversed().map { RunProgress($0, now: .now) }
    }
}
