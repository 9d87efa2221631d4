import Base
import Foundation
import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import ServiceLifecycle
public import Tapedeck
import UnixSignals

/// Serves a store over HTTP: the API, embeddings, and pages for people.
public struct APIServer: Sendable {
    private let store: Store
    private let settings: ServerSettings
    private let logger: Logger
    private let endpoints: [Endpoint]

    /// Time limit for open requests after a signal to stop.
    private static let farewell = Duration.seconds(10)

    /// - Parameter store: opened with `StoreOptions.loadsAllModels`.
    /// - Throws: an error of the declarations of requests, which no input causes.
    public init(_ store: Store, settings: ServerSettings, logger: Logger) throws {
        self.init(store, settings: settings, logger: logger, endpoints: try Endpoint.all())
    }

    /// Creates a server with other endpoints.
    package init(_ store: Store, settings: ServerSettings, logger: Logger, endpoints: [Endpoint]) {
        self.store = store
        self.settings = settings
        self.logger = logger
        self.endpoints = endpoints
    }

    /// Serves until the task is cancelled, or SIGINT or SIGTERM arrives. Open requests have ten seconds to finish.
    /// - Parameter listening: called with the address, such as `http://127.0.0.1:8080`, once callers can connect.
    /// - Throws: `ServerError` if the server cannot listen on the address; `BacktestError` if there is no folder of backtests.
    public func run(listening: @escaping @Sendable (_ address: String) -> Void) async throws {
        let files = Self.raiseFileLimit()
        let (metrics, readiness) = (ServerMetrics(), Readiness())
        let limits = settings.limits
        let responder = try Responder(
            store: store, settings: settings, endpoints: endpoints, readiness: readiness,
            admission: Admission(limit: limits.concurrentRequests, queue: limits.waitingRequests), metrics: metrics, logger: logger)
        // Hummingbird's own log messages would repeat those of the responder.
        var quiet = logger
        quiet.logLevel = .error
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        let connections = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionWatch()], idleTimeout: .nanoseconds(limits.idleTime.nanoseconds),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes, maxHeaderFieldCount: limits.headerFields))
        let application = Application(
            responder: responder,
            server: HTTPServerBuilder { responder in
                LoopChannel(http: HTTP1Channel(responder: responder, configuration: connections))
            },
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port), serverName: "tapedeck",
                availableConnectionsDelegate: MaximumAvailableConnections(min(limits.connections, files), logger: quiet)),
            onServerRunning: { channel in listening("http://\(host):\(channel.localAddress?.port ?? 0)") }, logger: quiet)
        var configuration = ServiceGroupConfiguration(
            services: [application], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        configuration.maximumGracefulShutdownDuration = Self.farewell
        let group = ServiceGroup(configuration: configuration)
        let loading = Task { [store, logger] in
            await readiness.load(store, logger) { EmbeddingsService($0, limits: limits, metrics: metrics) }
        }
        defer { loading.cancel() }
        do {
            // A cancelled group would drop connections accepted but not yet handled, which NIO reports as a programming error.
            let running = Task { try await group.run() }
            try await withTaskCancellationHandler {
                try await running.value
            } onCancel: {
                Task { await group.triggerGracefulShutdown() }
            }
        } catch is SocketAddressError.UnknownHost {
            throw ServerError(.notFound, "cannot listen on \(settings.host): there is no host of that name", remedy: "give another --host")
        } catch let error as IOError {
            throw ServerError(
                .unavailable, "cannot listen on \(settings.host):\(settings.port): \(String(cString: strerror(error.errnoCode)))",
                remedy: "choose another --port or --host")
        }
    }

    /// Raises the limit of open files to the system's maximum.
    /// - Returns: number of file descriptors left for connections; the store's files need the others.
    private static func raiseFileLimit() -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return 256 }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(resource, &limit)
        guard getrlimit(resource, &limit) == 0 else { return 256 }
        return max(64, Int(min(limit.rlim_cur, 1 << 20)) - 512)
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
