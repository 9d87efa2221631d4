import Digests
import Foundation
import Glibc
import Synchronization
import Tapedeck
import TestSupport
import Testing

/// Saved questions: their events, single delivery, and the webhook's requests.
@Suite struct AlertTests {
    let folder: TemporaryFolder
    let book: AlertBook

    init() throws {
        folder = try TemporaryFolder()
        book = AlertBook(path: folder.file("state/alerts.json"))
    }

    private let first = Day(iso: "2014-02-03") ?? Day(rawValue: 0)

    private func run(_ webhook: Webhook? = nil) async throws -> (events: [AlertEvent], lines: [String], summary: AlertSummary) {
        let store = try await AnalysisStore.store
        var (events, lines) = ([AlertEvent](), [String]())
        let summary = try await book.run(webhook: webhook, open: { _ in store }) { event, line in
            events.append(event)
            lines.append(String(decoding: line, as: UTF8.self))
        }
        return (events, lines, summary)
    }

    @Test func aRunListsTheMatchesOfItsDays() async throws {
        let store = try await AnalysisStore.store
        try await book.add("calls", "SIMA calls with a bid over 1", store: store, k: 3, from: first)
        let (events, lines, summary) = try await run()
        let rows = try await AnalysisStore.rows().filter { $0.quoteDate >= first }
        let days = Set(rows.map(\.quoteDate)).sorted()
        #expect(summary.days == days.count && summary.events == events.count && summary.delivered == 0 && summary.failures.isEmpty)
        for event in events {
            let expected = rows.filter { $0.quoteDate == event.day && $0.underlying == "SIMA" && $0.kind == "call" && ($0.bid ?? 0) > 1 }
            #expect(event.matches == expected.count && event.results.count == min(3, expected.count))
            #expect(event.results.allSatisfy { $0.misses.isEmpty && $0.quoteDate == event.day })
        }
        #expect(events.map(\.day) == days && Set(events.map(\.id)).count == days.count)
        let json = try #require(try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any])
        #expect(Set(json.keys) == ["id", "alert", "question", "store", "day", "matches", "results"])
        // Without news, there is no event.
        let again = try await run()
        #expect(again.events.isEmpty && again.summary == AlertSummary())
        #expect(try book.alerts().map(\.seenThrough) == [days.last])
    }

    @Test func onlyNewDaysCountWithoutAFirstDay() async throws {
        let store = try await AnalysisStore.store
        try await book.add("new", "SIMA calls", store: store)
        #expect(try await run().events.isEmpty)
    }

    @Test func aRunThatFailsContinuesWhereItWas() async throws {
        struct Full: Error {}
        let store = try await AnalysisStore.store
        try await book.add("calls", "SIMA calls", store: store, from: first)
        var handed: [Day] = []
        let summary = try await book.run(open: { _ in store }) { event, _ in
            if handed.count == 2 { throw Full() }
            handed.append(event.day)
        }
        #expect(summary.failures.keys.sorted() == ["calls"] && handed.count == 2)
        let rest = try await run().events.map(\.day)
        #expect(Set(handed).isDisjoint(with: rest) && rest.count > 3)
    }

    @Test func filesGetEachEventOnce() async throws {
        let store = try await AnalysisStore.store
        try await book.add("calls", "SIMA calls", store: store, from: first)
        let path = folder.file("alerts.jsonl")
        func write() async throws {
            let file = try AlertFile(path: path)
            _ = try await book.run(open: { _ in store }) { try file.append($0, $1) }
        }
        try await write()
        let whole = try String(contentsOfFile: path, encoding: .utf8)
        // The state is lost, as if the process had died before it was written.
        try FileManager.default.removeItem(atPath: book.path)
        try await book.add("calls", "SIMA calls", store: store, from: first)
        try await write()
        #expect(try String(contentsOfFile: path, encoding: .utf8) == whole && whole.split(separator: "\n").count > 5)
        try Data("hello\n".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: AlertError.self) { try AlertFile(path: path) }
    }

    @Test func webhooksGetSignedEvents() async throws {
        let store = try await AnalysisStore.store
        try await book.add("calls", "SIMA calls", store: store, k: 1, from: Day(iso: "2014-02-13"))
        let receiver = try WebhookReceiver(statuses: [503, 200, 500, 500, 200])
        var webhook = try #require(
            try Webhook(environment: ["TAPEDECK_WEBHOOK_URL": receiver.address + "/hook", "TAPEDECK_WEBHOOK_SECRET": "s3cret"]))
        webhook.pause = .milliseconds(1)
        let (events, lines, summary) = try await run(webhook)
        #expect(events.count == 2 && summary.delivered == 2 && summary.failures.isEmpty)
        let requests = receiver.requests
        #expect(requests.count == 5)
        #expect(requests.map(\.body) == [lines[0], lines[0], lines[1], lines[1], lines[1]])
        for request in requests {
            let timestamp = try #require(request.fields["tapedeck-timestamp"])
            let digest = Digest.hmacSHA256(of: Array("\(timestamp).\(request.body)".utf8), key: Array("s3cret".utf8)).hexadecimal
            #expect(request.fields["tapedeck-signature"] == "v1=\(digest)" && request.path == "/hook")
        }
        #expect(requests.map { $0.fields["idempotency-key"] } == [events[0].id, events[0].id, events[1].id, events[1].id, events[1].id])
    }

    @Test func theNextRunSendsRejectedAlerts() async throws {
        let store = try await AnalysisStore.store
        try await book.add("calls", "SIMA calls", store: store, k: 1, from: Day(iso: "2014-02-13"))
        let receiver = try WebhookReceiver(statuses: [200, 401, 200])
        var webhook = try #require(
            try Webhook(environment: ["TAPEDECK_WEBHOOK_URL": receiver.address + "/secret-path", "TAPEDECK_WEBHOOK_SECRET": "s3cret"]))
        webhook.pause = .milliseconds(1)
        let failed = try await run(webhook)
        let reason = try #require(failed.summary.failures["calls"])
        #expect(failed.events.count == 2 && failed.summary.delivered == 1)
        #expect(reason.contains("401") && reason.contains("127.0.0.1") && !reason.contains("secret-path"))
        let second = try await run(webhook)
        // Not printed again, but sent.
        #expect(second.events.isEmpty && second.summary.delivered == 1 && second.summary.failures.isEmpty)
        #expect(receiver.requests[1].body == receiver.requests[2].body)
    }

    @Test func wrongAlertsAreRefused() async throws {
        let store = try await AnalysisStore.store
        try await book.add("a", "SIMA calls", store: store)
        for (name, question) in [("a", "SIMA puts"), ("b c", "SIMA calls"), ("", "SIMA calls"), ("b", "glimmering"), ("c", "regimes of SIMA")] {
            await #expect(throws: AlertError.self, "\(name): \(question)") { try await book.add(name, question, store: store) }
        }
        await #expect(throws: AlertError.self) { try await book.run(["none"], open: { _ in store }) { _, _ in } }
        try Data("{".utf8).write(to: URL(fileURLWithPath: book.path))
        #expect(throws: AlertError.self) { try book.alerts() }
    }

    @Test(arguments: [
        ["TAPEDECK_WEBHOOK_URL": "https://host/x"], ["TAPEDECK_WEBHOOK_URL": "ftp://host/x", "TAPEDECK_WEBHOOK_SECRET": "s"],
        ["TAPEDECK_WEBHOOK_URL": "https://me:pw@host/x", "TAPEDECK_WEBHOOK_SECRET": "s"],
    ])
    func wrongWebhooksAreRefused(_ environment: [String: String]) throws {
        let error = #expect(throws: AlertError.self) { try Webhook(environment: environment) }
        #expect(error.map { !"\($0)".contains("pw") } == true)
    }

    @Test func noWebhookIsNone() throws { #expect(try Webhook(environment: ["TAPEDECK_WEBHOOK_SECRET": "s"]) == nil) }
}

/// An HTTP server on loopback that keeps what it gets, and answers with one status after the other.
private final class WebhookReceiver: Sendable {
    struct Request: Sendable {
        var path: String
        /// Names in small letters.
        var fields: [String: String]
        var body: String
    }

    let address: String
    private let descriptor: Int32
    private let log = Mutex<[Request]>([])

    var requests: [Request] { log.withLock { $0 } }

    init(statuses: [Int]) throws {
        let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listening, $0, size) == 0 && getsockname(listening, $0, &size) == 0 }
        }
        guard bound, listen(listening, 16) == 0 else { throw CocoaError(.featureUnsupported) }
        descriptor = listening
        address = "http://127.0.0.1:\(UInt16(bigEndian: place.sin_port))"
        Thread.detachNewThread { [weak self] in
            for status in statuses {
                let connection = accept(listening, nil, nil)
                guard connection >= 0 else { return }
                if let request = Self.read(connection) { self?.log.withLock { $0.append(request) } }
                let answer = Array("HTTP/1.1 \(status) Status\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
                _ = write(connection, answer, answer.count)
                close(connection)
            }
        }
    }

    deinit { close(descriptor) }

    private static func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
                var fields: [String: String] = [:]
                for line in lines.dropFirst() {
                    let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                    if parts.count == 2 { fields[parts[0].lowercased()] = parts[1] }
                }
                let body = String(text[end.upperBound...])
                if body.utf8.count >= Int(fields["content-length"] ?? "0") ?? 0 {
                    return Request(path: lines[0].components(separatedBy: " ")[1], fields: fields, body: body)
                }
            }
            let count = Glibc.read(connection, &piece, piece.count)
            guard count > 0 else { return nil }
            bytes += piece[..<count]
        }
    }
}
