import MarketData

/// A defect or oddity of the whole option file of a session.
enum FileQuirk: Int, CaseIterable {
    case missingSession, partialDay, truncatedLastLine, noLastLineBreak, copy, permutedHeader, missingHeader, carriageReturns

    /// Key of the quirk in `PlantedQuirks.files`.
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

    /// Key for the file of a day on which the exchanges were closed.
    static let holidayFile = "holiday file"

    /// The quirk of a session's file, if any.
    static func drawn(_ configuration: SimulationConfiguration, on day: Day) -> FileQuirk? {
        var random = RandomStream(configuration.seed, .fileQuirks, Int(day.rawValue))
        guard random.uniform() < min(0.25, 20 * configuration.quirkRate) else { return nil }
        // A file without a header is lost as a whole, so this occurs half as often as the others.
        let quirk = FileQuirk.allCases[random.below(FileQuirk.allCases.count)]
        return quirk == .missingHeader && random.below(2) == 0 ? .partialDay : quirk
    }

    /// Whether a holiday gets a file, which repeats the session before it.
    static func holidayHasFile(_ configuration: SimulationConfiguration, on day: Day) -> Bool {
        var random = RandomStream(configuration.seed, .fileQuirks, Int(day.rawValue), 1)
        return random.uniform() < min(0.25, 100 * configuration.quirkRate)
    }
}
