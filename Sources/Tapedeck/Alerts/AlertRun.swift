import Base
import Digests
import Foundation
public import MarketData
public import Queries
import Questions
import StrictJSON

/// The rows of a day that match an alert. Encodes to the line that `tapedeck alerts run` prints, writes and sends.
public struct AlertEvent: Encodable, Sendable {
    /// Derived from alert, store, question and day, so that receivers can recognise a repeated event.
    public var id: String
    public var alert: String
    public var question: String
    public var store: String
    public var day: Day
    /// Rows that meet every constraint.
    public var matches: Int
    /// The first matches, up to the alert's `k`.
    public var results: [SearchResult]

    init(_ alert: Alert, _ day: Day, matches: Int, results: [SearchResult]) {
        id = Self.id(alert, day)
        self.alert = alert.name
        question = alert.question
        store = alert.store
        self.day = day
        self.matches = matches
        self.results = results
    }

    static func id(_ alert: Alert, _ day: Day) -> String {
        String(Digest.sha256(of: [alert.name, alert.store, alert.question, day.description].joined(separator: "\n")).hexadecimal.prefix(32))
    }
}

/// Counts and failures of a run of alerts.
public struct AlertSummary: Encodable, Hashable, Sendable {
    /// Days asked about, summed over all alerts.
    public var days = 0
    /// Events that were printed and written.
    public var events = 0
    /// Events that the webhook received.
    public var delivered = 0
    /// Reasons of failure by name of the alert, for alerts that could not be asked or delivered.
    public var failures: [String: String] = [:]

    public init() {}
}

extension AlertBook {
    /// Asks saved questions of each day added since the last run.
    ///
    /// Days are processed in order, and the file is written after each step. A repeated run, or a run after a failure, therefore delivers no
    /// event twice. The exception is a process that dies between a delivery and the next write: the next run delivers that event again, with
    /// the same `id`.
    /// - Parameters:
    ///   - names: names of alerts; all if empty.
    ///   - webhook: receives each event; if `nil`, events count as delivered.
    ///   - open: opens the store of an alert.
    ///   - hand: called once with each event and its line of JSON, without a line break.
    /// - Throws: `AlertError` for an unknown name, and as `alerts()`. The summary lists failures of single alerts.
    public func run(
        _ names: [String] = [], webhook: Webhook? = nil, open: (Alert) async throws -> Store, hand: (AlertEvent, [UInt8]) throws -> Void
    ) async throws -> AlertSummary {
        try await change { alerts, save in
            if let unknown = names.first(where: { name in !alerts.contains { $0.name == name } }) {
                let known = alerts.isEmpty ? "there are none" : "there are " + alerts.map(\.name).joined(separator: ", ")
                throw AlertError(.notFound, "there is no alert '\(unknown)'; \(known)")
            }
            var summary = AlertSummary()
            for place in alerts.indices where names.isEmpty || names.contains(alerts[place].name) {
                do {
                    try await Self.ask(alerts[place], webhook, open, hand, &summary) {
                        alerts[place] = $0
                        try save(alerts)
                    }
                } catch {
                    summary.failures[alerts[place].name] = ErrorText.describe(error)
                }
            }
            return summary
        }
    }

    /// Asks one question of its new days.
    private static func ask(
        _ original: Alert, _ webhook: Webhook?, _ open: (Alert) async throws -> Store, _ hand: (AlertEvent, [UInt8]) throws -> Void,
        _ summary: inout AlertSummary, _ keep: (Alert) throws -> Void
    ) async throws {
        var alert = original
        let store = try await open(alert)
        let days = try await store.searchBase().optionDays().filter { $0 > min(alert.seenThrough, alert.deliveredThrough) }
        for day in days {
            summary.days += 1
            var request = SearchRequest(
                question: alert.question, k: alert.k, models: alert.models, asOf: day, isStrict: true, countsMatches: true)
            request.days = day...day
            request.countLimit = .max
            let answer = try await store.search(request)
            let event = AlertEvent(alert, day, matches: answer.matchingRows ?? answer.results.count, results: answer.results)
            let line = try JSONText.encode(event)
            if day > alert.seenThrough {
                if !answer.results.isEmpty {
                    try hand(event, line)
                    summary.events += 1
                }
                alert.seenThrough = day
                try keep(alert)
            }
            if day > alert.deliveredThrough {
                if let webhook, !answer.results.isEmpty {
                    try await webhook.send(line, id: event.id)
                    summary.delivered += 1
                }
                alert.deliveredThrough = day
                try keep(alert)
            }
        }
    }
}
