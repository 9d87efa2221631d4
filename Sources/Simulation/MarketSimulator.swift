public import Foundation
import MarketData

/// Writes a simulated market in the layout of the source bucket, for machines without data and for tests of scale.
///
/// None of it comes from a real market; `SIMULATED.md` in its folder says so.
public struct MarketSimulator: Sendable {
    /// Settings of the market.
    public let configuration: SimulationConfiguration
    private let sessions: [Day]

    /// Creates a simulator.
    /// - Throws: `SimulationError.invalid` for settings out of range.
    public init(configuration: SimulationConfiguration) throws(SimulationError) {
        try configuration.check()
        self.configuration = configuration
        sessions = TradingCalendar.unitedStates.sessions(in: configuration.firstDay...configuration.lastDay)
    }

    /// Name of the file that marks a folder as simulated.
    public static let noticeName = "SIMULATED.md"
    /// Name of the file that lists the planted defects and oddities, a `PlantedQuirks` as JSON.
    public static let quirksName = "quirks.json"
    /// Name of the file with the invented names of the underlyings: `symbol,name`.
    public static let namesName = "names.csv"

    /// Writes the market to a folder, which must be empty or new. The files depend only on the configuration.
    ///
    /// - Parameters:
    ///   - workers: number of days generated at the same time.
    ///   - progress: called after each day, from any thread.
    /// - Returns: the defects and oddities in the files.
    /// - Throws: `SimulationError`, or `CancellationError` when the task was cancelled; the folder is then incomplete and
    ///   lacks `SIMULATED.md`.
    @discardableResult
    public func write(
        to folder: URL, workers: Int = ProcessInfo.processInfo.activeProcessorCount,
        progress: @escaping @Sendable (SimulationProgress) -> Void = { _ in }
    ) async throws -> PlantedQuirks {
        let output = OutputFolder(root: folder)
        try output.prepare()
        let underlyings = await makeUnderlyings(workers: max(1, workers))
        var quirks = try writeStocks(underlyings, to: output)
        try await quirks += writeOptions(underlyings, to: output, workers: max(1, workers), progress: progress)

        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try output.write(Array(encoder.encode(quirks)) + [UInt8(ascii: "\n")], to: Self.quirksName)
        let names = underlyings.map { "\($0.profile.symbol),\($0.profile.name)\n" }.joined()
        try output.write(Array(("symbol,name\n" + names).utf8), to: Self.namesName)
        try output.write(Array(notice.utf8), to: Self.noticeName)
        return quirks
    }

    /// The underlyings, sorted by symbol, as files list them.
    private func makeUnderlyings(workers: Int) async -> [SimulatedUnderlying] {
        let profiles = UnderlyingProfile.universe(configuration).sorted { $0.symbol < $1.symbol }
        let market = MarketPath(seed: configuration.seed, sessions: sessions.count)
        return await withTaskGroup(of: [(Int, SimulatedUnderlying)].self) { group in
            for worker in 0..<workers {
                group.addTask {
                    stride(from: worker, to: profiles.count, by: workers).map { index in
                        (
                            index,
                            SimulatedUnderlying(
                                profile: profiles[index], market: market, sessions: sessions, configuration: configuration)
                        )
                    }
                }
            }
            var made: [(Int, SimulatedUnderlying)] = []
            for await part in group { made += part }
            return made.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func writeStocks(_ underlyings: [SimulatedUnderlying], to output: OutputFolder) throws -> PlantedQuirks {
        var files = BarFileWriter(configuration: configuration, sessions: sessions)
        let first2010 = sessions.partitioningIndex { $0.year >= Self.flatLayoutFrom }
        for session in 0..<first2010 {
            let day = sessions[session]
            try output.write(
                files.crossSection(underlyings, session: session), to: "options/\(day.year)/\(day)stocks.csv")
        }
        if first2010 < sessions.count {
            for underlying in underlyings {
                try output.write(
                    files.history(underlying, from: first2010),
                    to: "stocks-2010-2025/\(underlying.profile.symbol).csv")
            }
        }
        var quirks = PlantedQuirks()
        quirks.stocks = files.rows
        return quirks
    }

    private static let flatLayoutFrom = 2010

    static func optionsKey(_ day: Day) -> String {
        day.year < flatLayoutFrom ? "options/\(day.year)/\(day)options.csv" : "options-complete/\(day)options.csv"
    }

    /// The file of a session, or of a holiday that repeats the session before it.
    private struct Job: Sendable {
        let session: Int
        let quoteDate: Day
    }

    private func jobs() -> [Job] {
        var jobs: [Job] = []
        for session in sessions.indices {
            jobs.append(Job(session: session, quoteDate: sessions[session]))
            guard session + 1 < sessions.count else { continue }
            var day = sessions[session].adding(days: 1)
            while day < sessions[session + 1] {
                if TradingCalendar.unitedStates.holiday(on: day) != nil,
                    FileQuirk.holidayHasFile(configuration, on: day)
                {
                    jobs.append(Job(session: session, quoteDate: day))
                }
                day = day.adding(days: 1)
            }
        }
        return jobs
    }

    private func writeOptions(
        _ underlyings: [SimulatedUnderlying], to output: OutputFolder, workers: Int,
        progress: @escaping @Sendable (SimulationProgress) -> Void
    ) async throws -> PlantedQuirks {
        let jobs = jobs()
        let queue = DayQueue(count: jobs.count)
        return try await withThrowingTaskGroup(of: PlantedQuirks.self) { group in
            for _ in 0..<min(workers, jobs.count) {
                group.addTask {
                    var file = DayFile(configuration: configuration, underlyings: underlyings)
                    var quirks = PlantedQuirks()
                    while let index = queue.next() {
                        try Task.checkCancellation()
                        quirks += try write(jobs[index], with: &file, to: output)
                        progress(queue.finished(rows: file.rows.lines, bytes: file.buffer.count))
                    }
                    return quirks
                }
            }
            var quirks = PlantedQuirks()
            for try await part in group { quirks += part }
            return quirks
        }
    }

    private func write(_ job: Job, with file: inout DayFile, to output: OutputFolder) throws -> PlantedQuirks {
        let day = sessions[job.session]
        let isHoliday = job.quoteDate != day
        let quirk = isHoliday ? nil : FileQuirk.drawn(configuration, on: day)
        let key = Self.optionsKey(job.quoteDate)
        var quirks = PlantedQuirks()
        if quirk == .missingSession {
            quirks.files[FileQuirk.missingSession.name] = [day.description]
            return quirks
        }
        file.make(session: job.session, day: day, quoteDate: job.quoteDate, quirk: quirk)
        try output.write(file.buffer.bytes, to: key)
        quirks.options = file.rows
        if isHoliday { quirks.files[FileQuirk.holidayFile] = [key] }
        if let quirk {
            if quirk == .copy {
                let copy = "aws_backup/extracted_options/\(day.year)/\(day)options.csv"
                try output.write(file.buffer.bytes, to: copy)
                quirks.files[quirk.name] = [copy]
            } else {
                quirks.files[quirk.name] = [key]
            }
        }
        return quirks
    }

    private var notice: String {
        """
        # Simulated market

        Everything in this folder is simulated by `tapedeck simulate`. No price, volume, name or ticker in it comes from a real
        market; conclusions drawn from it say nothing about one.

        | setting | value |
        |---|---|
        | seed | \(configuration.seed) |
        | underlyings | \(configuration.underlyings) |
        | days | \(configuration.firstDay) to \(configuration.lastDay) (\(sessions.count) sessions) |
        | option rows a day and underlying, aimed at | \(configuration.rowsPerDay) |
        | quirk rate | \(configuration.quirkRate) |
        | interest rate | \(configuration.rate) |
        | dividends | none |

        The same settings give the same bytes. What is odd on purpose is counted in `\(Self.quirksName)`; names of the
        underlyings are in `\(Self.namesName)`.

        Conventions of the simulated vendor:
        \(VendorConventions.description)

        """
    }
}
