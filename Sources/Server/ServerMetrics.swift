import Foundation
import Synchronization

/// Counters of the server, in the Prometheus text exposition format.
final class ServerMetrics: Sendable {
    private struct Route: Hashable {
        var path: String
        var status: Int
    }

    private struct Durations {
        var counts = [Int](repeating: 0, count: ServerMetrics.bounds.count)
        var count = 0
        var sum = 0.0
    }

    private struct State {
        var requests: [Route: Int] = [:]
        var durations: [String: Durations] = [:]
        var open = 0
        var texts = 0
        var tokens = 0
        var batches = 0
    }

    static let contentType = "text/plain; version=0.0.4; charset=utf-8"
    /// Upper bounds of the duration buckets, in seconds.
    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

    private let started = Date.now
    private let state = Mutex(State())

    func began() { state.withLock { $0.open += 1 } }

    /// Counts a finished request.
    /// - Parameter path: a route of the server, never the caller's text, because every new value takes memory.
    func ended(path: String, status: Int, seconds: Double) {
        state.withLock { state in
            state.open -= 1
            state.requests[Route(path: path, status: status), default: 0] += 1
            var durations = state.durations[path] ?? Durations()
            durations.count += 1
            durations.sum += seconds
            if let bucket = Self.bounds.firstIndex(where: { seconds <= $0 }) { durations.counts[bucket] += 1 }
            state.durations[path] = durations
        }
    }

    func encoded(texts: Int, tokens: Int) {
        state.withLock { state in
            state.texts += texts
            state.tokens += tokens
            state.batches += 1
        }
    }

    /// The metrics page.
    /// - Parameters:
    ///   - isReady: whether models and store are loaded.
    ///   - load: running and waiting requests.
    ///   - waitingTokens: tokens waiting to be encoded, by model.
    func text(isReady: Bool, load: (working: Int, waiting: Int), waitingTokens: [String: Int]) -> String {
        let state = state.withLock { $0 }
        var text = ""
        func add(_ name: String, _ kind: String, _ help: String, _ samples: [(labels: String, value: String)]) {
            text += "# HELP tapedeck_server_\(name) \(help)\n# TYPE tapedeck_server_\(name) \(kind)\n"
            for sample in samples { text += "tapedeck_server_\(name)\(sample.labels) \(sample.value)\n" }
        }
        add("ready", "gauge", "Whether the models and the store are loaded.", [("", isReady ? "1" : "0")])
        add("start_time_seconds", "gauge", "When the server began, in seconds since 1970.", [("", "\(started.timeIntervalSince1970)")])
        add("open_requests", "gauge", "Requests without a complete answer.", [("", "\(state.open)")])
        add("working_requests", "gauge", "Queries and analyses at work.", [("", "\(load.working)")])
        add("waiting_requests", "gauge", "Queries and analyses that wait for others.", [("", "\(load.waiting)")])
        add(
            "requests_total", "counter", "Requests by path and status.",
            state.requests.sorted { ($0.key.path, $0.key.status) < ($1.key.path, $1.key.status) }.map {
                ("{path=\"\($0.key.path)\",status=\"\($0.key.status)\"}", "\($0.value)")
            })
        text += "# HELP tapedeck_server_request_seconds Time to answer.\n# TYPE tapedeck_server_request_seconds histogram\n"
        for (path, durations) in state.durations.sorted(by: { $0.key < $1.key }) {
            var sum = 0
            for (bound, count) in zip(Self.bounds, durations.counts) {
                sum += count
                text += "tapedeck_server_request_seconds_bucket{path=\"\(path)\",le=\"\(bound)\"} \(sum)\n"
            }
            text += "tapedeck_server_request_seconds_bucket{path=\"\(path)\",le=\"+Inf\"} \(durations.count)\n"
            text += "tapedeck_server_request_seconds_sum{path=\"\(path)\"} \(durations.sum)\n"
            text += "tapedeck_server_request_seconds_count{path=\"\(path)\"} \(durations.count)\n"
        }
        add("embedded_texts_total", "counter", "Texts encoded for embeddings requests.", [("", "\(state.texts)")])
        add("embedded_tokens_total", "counter", "Tokens of these texts.", [("", "\(state.tokens)")])
        add("embedding_batches_total", "counter", "Batches in which they were encoded.", [("", "\(state.batches)")])
        add(
            "waiting_tokens", "gauge", "Tokens that wait to be encoded, by model.",
            waitingTokens.sorted { $0.key < $1.key }.map { ("{model=\"\($0.key)\"}", "\($0.value)") })
        if let memory = Self.residentBytes { add("resident_memory_bytes", "gauge", "Resident memory of the process.", [("", "\(memory)")]) }
        return text
    }

    /// Resident memory: the second field of `/proc/self/statm`, which counts pages.
    private static var residentBytes: Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
        let numbers = text.split(separator: " ")
        return numbers.count > 1 ? Int(numbers[1]).map { $0 * sysconf(Int32(_SC_PAGESIZE)) } : nil
    }
}
