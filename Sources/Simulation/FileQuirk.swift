import MarketData

/// What can be odd about the option file of one session as a whole.
enum FileQuirk: Int, CaseIterable {
    case missingSession, partialDay, truncatedLastLine, noLastLineBreak, copy, permutedHeader, missingHeader, carriageReturns

    /// The key under which `PlantedQuirks.files` lists it.
    var name: String {
        switch self {
        case .missingSession: "missing session"
        case .partialDay: "partial day"
        case .truncatedLastLine: "truncated last line"
        case .noLastLineBreak: "no line break at the end"
        case .copy: "byte-identical copy"
        case .permutedHeader: "permuted header"
        case .missingHeader: "missing header"
        case .carriageReturns: "CRLF line breaks"
        }
    }

    /// The name for the file of a day on which the exchanges were closed.
    static let holidayFile = "holiday file"

    /// The quirk of a session's file, if it has one.
    static func drawn(_ configuration: SimulationConfiguration, on day: Day) -> FileQuirk? {
        var random = RandomStream(configuration.seed, .fileQuirks, Int(day.rawValue))
        guard random.uniform() < min(0.25, 20 * configuration.quirkRate) else { return nil }
        // A file without a header is lost whole: half as often as the others.
        let quirk = FileQuirk.allCases[random.below(FileQuirk.allCases.count)]
        return quirk == .missingHeader && random.below(2) == 0 ? .partialDay : quirk
    }

    /// Whether a holiday gets a file all the same, which repeats the session before it.
    static func holidayHasFile(_ configuration: SimulationConfiguration, on day: Day) -> Bool {
        var random = RandomStream(configuration.seed, .fileQuirks, Int(day.rawValue), 1)
        return random.uniform() < min(0.25, 100 * configuration.quirkRate)
    }
}
