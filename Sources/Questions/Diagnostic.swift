public import MarketData

/// A note that an answer must give before its rows.
public enum Diagnostic: Hashable, Codable, Sendable {
    /// A misspelt word was read as another.
    case correction(word: String, readAs: String)
    /// Two constraints that no row can satisfy together.
    case contradiction(String)
    /// A date that does not exist.
    case impossibleDate(String)
    /// A name that the store does not have.
    case unknownName(String, has: [String])
    /// Days that the store has no quotes for.
    case noData(asked: DayInterval, first: Day, last: Day)
    /// End-of-day data cannot answer this; the proxy can be asked for.
    case cannotKnow(String, reason: String, proxy: String)
    /// The words need a calendar of events.
    case needsCalendar(String)
    /// The words need the day that the question is asked on.
    case needsAsOf(String)
    /// Words with several readings, and the one taken.
    case assumed(String, reading: String)
}

extension Diagnostic: CustomStringConvertible {
    /// One line for people.
    public var description: String {
        switch self {
        case .correction(let word, let readAs): "read \"\(word)\" as \"\(readAs)\""
        case .contradiction(let text): "no row can satisfy \(text)"
        case .impossibleDate(let text): "\"\(text)\" is not a date"
        case .unknownName(let name, let has): "no \(name) in this store" + (has.isEmpty ? "" : "; it has \(has.joined(separator: ", "))")
        case .noData(let asked, let first, let last): "no quotes \(asked.words); quotes run from \(first) to \(last)"
        case .cannotKnow(let term, let reason, let proxy): "cannot use \"\(term)\": \(reason). Nearest: \(proxy)"
        case .needsCalendar(let term): "cannot use \"\(term)\" without a calendar; give one with --calendar FILE.csv"
        case .needsAsOf(let term): "cannot use \"\(term)\" without the day it refers to; give it with --as-of DAY"
        case .assumed(let words, let reading): "read \"\(words)\" as \(reading)"
        }
    }
}
