import NIOCore
import NIOHTTPTypes
import Synchronization

/// Detects that the peer of a connection has disconnected, so that work for it can stop.
final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = HTTPRequestPart

    private struct State {
        var isGone = false
        var next = 0
        var callbacks: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    /// Whether the peer has closed the connection, or its half of it.
    var isGone: Bool { state.withLock(\.isGone) }

    /// Runs `body`, and calls `gone` if the peer disconnects in the meantime.
    func during<Value: Sendable>(gone: @escaping @Sendable () -> Void, _ body: () async throws -> Value) async rethrows -> Value {
        let number: Int? = state.withLock { state in
            guard !state.isGone else { return nil }
            state.next += 1
            state.callbacks[state.next] = gone
            return state.next
        }
        if number == nil { gone() }
        defer { if let number { state.withLock { $0.callbacks[number] = nil } } }
        return try await body()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { end() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        let callbacks = state.withLock { state in
            state.isGone = true
            defer { state.callbacks = [:] }
            return Array(state.callbacks.values)
        }
        for callback in callbacks { callback() }
    }
}
