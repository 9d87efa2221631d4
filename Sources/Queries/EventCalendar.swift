import Foundation
import MarketData

/// Days of events that a user knows: earnings, dividends, meetings of the central bank. Read from CSV with lines
/// `symbol,date,event`; the symbol `*` stands for every underlying, and the first line may be a header.
public struct EventCalendar: Sendable {
    /// Days by event, then by symbol, in order.
    private var days: [String: [String: [Day]]] = [:]

    /// The events of the file, in lower case.
    public var events: Set<String> { Set(days.keys) }

    /// - Throws: `QueryError` naming file and line.
    public init(path: String) throws {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw QueryError("the calendar \(path) cannot be read: \(error.localizedDescription)")
        }
        try self.init(csv: text, file: path)
    }

    /// - Parameter file: name of the text in errors.
    /// - Throws: `QueryError` naming file and line.
    public init(csv text: String, file: String) throws {
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
            if fields == [""] || number == 0 && fields.first?.lowercased() == "symbol" { continue }
            guard fields.count == 3, !fields[0].isEmpty, !fields[2].isEmpty else {
                throw QueryError("\(file), line \(number + 1): write symbol,date,event")
            }
            guard let day = Day(iso: fields[1]) else {
                throw QueryError("\(file), line \(number + 1): '\(fields[1])' is not a date; write YYYY-MM-DD")
            }
            days[fields[2].lowercased(), default: [:]][fields[0].uppercased(), default: []].append(day)
        }
        for (event, symbols) in days { days[event] = symbols.mapValues { $0.sorted() } }
    }

    /// The quote dates that lie some sessions from an event, by symbol: −5…−1 are the five sessions before it.
    func intervals(_ event: String, sessions: ClosedRange<Int>, calendar: TradingCalendar = .unitedStates) -> [String: [ClosedRange<Day>]] {
        func moved(_ day: Day, _ sessions: Int) -> Day {
            sessions == 0 ? day : sessions > 0 ? calendar.session(sessions, after: day) : calendar.session(-sessions, before: day)
        }
        return (days[event.lowercased()] ?? [:]).mapValues { days in
            days.map { moved($0, sessions.lowerBound)...moved($0, sessions.upperBound) }
        }
    }
}
