import Archive
import Base
import Descriptions
import Encoders
import Foundation
import MarketData
import ModelFiles
package import ObjectStore
import Synchronization

/// How a worker takes part in the work on a store.
public struct WorkOptions: Sendable {
    /// Approximate bytes of source text in a unit; only the worker that makes the plan uses it.
    public var unitSize: Int
    /// Seconds without renewal after which another worker may take a unit over.
    public var lease: Double
    /// A plan to discard with all its segments, by its id.
    public var discardedPlan: String?
    /// Whether to retry units that are set aside because several workers died while processing them.
    public var retriesSetAside = false
    /// Seconds for which a worker retries to reach its stores.
    package var patience = 600.0

    /// Creates options.
    public init(unitSize: Int = WorkOptions.defaultUnitSize, lease: Double = WorkOptions.defaultLease, discardedPlan: String? = nil) {
        self.unitSize = unitSize
        self.lease = lease
        self.discardedPlan = discardedPlan
    }

    /// Default of `unitSize`: some seconds of work for a machine.
    public static let defaultUnitSize = 256_000_000
    /// Default of `lease`.
    public static let defaultLease = 30.0

    /// Seconds between renewals of a claim.
    var renewalInterval: Double { min(lease / 3, 5) }
}

/// What a worker has done.
public struct WorkSummary: Codable, Hashable, Sendable {
    /// The plan's id; `nil` if there was nothing to do.
    public var plan: String?
    /// Name of the worker.
    public var worker: String
    /// Units that this worker has published.
    public var units: Int
    /// Units of the plan.
    public var unitsInPlan: Int
    /// Rows of the units that this worker has published.
    public var rows: Int
    /// Units that this worker began and another finished.
    public var lost: Int
    /// From start to end.
    public var seconds: Double

    private enum CodingKeys: String, CodingKey {
        case plan, worker, units, rows, lost, seconds
        case unitsInPlan = "units_in_plan"
    }
}

/// One of any number of processes that read market data into one store. Implements `tapedeck work`.
///
/// Workers share nothing but the store. A worker claims a unit of the plan, makes its segment (batches, parts and ledger of the
/// unit, in the layout of a store), and publishes it with one conditional write. A segment depends only on its inputs, so doing
/// a unit twice is harmless: the first publication counts. `SegmentCompaction` turns segments into the store of a single run.
public struct StoreWorker: Sendable {
    /// Settings of the run that the workers do together.
    public let configuration: EmbeddingGenerationConfig
    /// How this worker takes part.
    public let options: WorkOptions
    private let identity: Claims.Identity

    /// - Parameter worker: the worker's name; no other worker of the store may have it.
    package init(configuration: EmbeddingGenerationConfig, options: WorkOptions, worker: String) {
        self.configuration = configuration
        self.options = options
        identity = Claims.Identity(worker: worker, host: ProcessInfo.processInfo.hostName, pid: ProcessInfo.processInfo.processIdentifier)
    }

    /// Works until all units of the plan are published.
    /// - Parameters:
    ///   - stop: requests that the worker abandon its unit and end.
    ///   - report: receives events as they happen, on any thread.
    /// - Throws: `GenerationStopped` when a stop was requested; `GenerationError` when this worker's settings or source differ
    ///   from the plan's, or when units are set aside and all others are done; `StoreError` with code `.unsupported` for a store that
    ///   ignores conditional writes; errors of stores and encoders.
    public func run(
        stop: StopRequest = StopRequest(), report: @escaping @Sendable (GenerationEvent) -> Void = { _ in }
    ) async throws -> WorkSummary {
        _ = try configuration.source.open(creating: false, environment: configuration.environment)
        _ = try configuration.device.resolved()
        let store = try configuration.store.open(creating: true, environment: configuration.environment)
        return try await withTaskExecutorPreference(CPUExecutor.shared) { try await run(into: store, stop: stop, report: report) }
    }

    /// Like `run(stop:report:)`, but with open stores.
    package func run(
        from source: (any ObjectStore)? = nil, into store: any ObjectStore, stop: StopRequest = StopRequest(),
        report: @escaping @Sendable (GenerationEvent) -> Void = { _ in }
    ) async throws -> WorkSummary {
        let source = try source ?? configuration.source.open(creating: false, environment: configuration.environment)
        let start = ContinuousClock.now
        try await store.checkConditionalWrites(probing: ArchiveLayout.root + "control/probe-" + UUID().uuidString.lowercased())
        if let discarded = options.discardedPlan { try await discard(discarded, in: store) }
        var summary = WorkSummary(plan: nil, worker: identity.worker, units: 0, unitsInPlan: 0, rows: 0, lost: 0, seconds: 0)
        let session = try await WorkSession.open(configuration, options, from: source, in: store, report: report)
        guard let session else {
            summary.seconds = (ContinuousClock.now - start) / .seconds(1)
            return summary
        }
        let plan = session.plan
        summary.plan = plan.id
        summary.unitsInPlan = plan.units.count
        report(
            .started(GenerationRun(configuration, plan: session.memory, files: session.files, fingerprints: plan.models)))
        let claims = Claims(store, plan: plan.id, units: plan.units, identity: identity, lease: options.lease)
        report(
            .plan(
                id: plan.id, units: plan.units.count, bytes: plan.bytes,
                published: try await WorkPlan.published(plan.id, in: store).count))
        if options.retriesSetAside { try await claims.retrySetAside() }
        async let _: Void = session.reportProgress()
        var failingSince: ContinuousClock.Instant?
        while true {
            if stop.isAsked { throw leave(report) }
            do {
                if try await WorkStop.asks(identity.worker, of: plan.id, in: store) {
                    stop.ask()
                    throw leave(report)
                }
                // A plan that is compacted or discarded has no units to take.
                guard try await store.headIfThere(ArchiveLayout.workPlan)?.etag == session.etag else { break }
                switch try await claims.next() {
                case .done:
                    try Self.requireNone(await claims.setAside, of: plan)
                    summary.seconds = (ContinuousClock.now - start) / .seconds(1)
                    return summary
                case .wait:
                    try await Task.sleep(for: .seconds(min(1, options.lease / 8)))
                case .work(let held):
                    let unit = plan.units[held.unit]
                    report(
                        .unitClaimed(
                            unit: unit.number, year: unit.year, kind: unit.kind, files: unit.keys.count, bytes: unit.bytes,
                            from: await held.claim.from))
                    switch try await work(on: unit, held, session, stop: stop, report: report) {
                    case .published(let rows):
                        await claims.finished(unit, seconds: held.seconds)
                        summary.units += 1
                        summary.rows += rows
                        report(.unitPublished(unit: unit.number, rows: rows, bytes: unit.bytes, seconds: held.seconds))
                    case .lost(let reason):
                        summary.lost += 1
                        report(.unitLost(unit: unit.number, reason: reason))
                    case .stopped: throw leave(report)
                    }
                }
                failingSince = nil
            } catch let error as StoreError where error.code == .unavailable || error.code == .changed && error.key.isEmpty {
                // The network may come back. Once the lease has expired, another worker may take the unit.
                let since = failingSince ?? .now
                failingSince = since
                guard ContinuousClock.now - since < .seconds(options.patience) else { throw error }
                report(.warning("\(error); the worker retries"))
                for _ in 0..<20 where !stop.isAsked { try await Task.sleep(for: .milliseconds(100)) }
            }
        }
        summary.seconds = (ContinuousClock.now - start) / .seconds(1)
        return summary
    }

    /// - Throws: `GenerationError` naming the units that are set aside.
    private static func requireNone(_ setAside: Set<Int>, of plan: WorkPlan) throws {
        guard let first = setAside.min() else { return }
        let unit = plan.units[first]
        let keys = WorkPlan.Unit.text(ofInputs: unit.keys)
        let what = setAside.count == 1 ? "unit \(first) (\(unit.year), \(keys)) is" : "\(setAside.count) units are"
        throw GenerationError(
            "\(what) set aside, because \(Claim.deathLimit) workers died one after another while processing it; all others are done. `tapedeck "
                + "status` names the units. Find the cause, then start workers with --retry-set-aside")
    }

    private func leave(_ report: (GenerationEvent) -> Void) -> GenerationStopped {
        report(.stopping)
        return GenerationStopped(isWorker: true)
    }

    /// Deletes a plan and its segments.
    private func discard(_ id: String, in store: any ObjectStore) async throws {
        guard let (plan, _) = try await WorkPlan.read(store) else { return }
        guard plan.id == id else { return }
        try await store.delete(ArchiveLayout.workPlan)
        for object in try await store.list(prefix: ArchiveLayout.segmentsPrefix(plan: id)) { try await store.delete(object.key) }
    }

    // MARK: - One unit

    private enum Outcome: Sendable {
        case published(rows: Int)
        /// Another worker has the unit or has finished it, with the reason.
        case lost(String)
        case stopped
    }

    /// Makes the segment of a unit, renewing the claim meanwhile, and publishes it.
    private func work(
        on unit: WorkPlan.Unit, _ held: HeldClaim, _ session: WorkSession, stop: StopRequest,
        report: @escaping @Sendable (GenerationEvent) -> Void
    ) async throws -> Outcome {
        let (plan, store) = (session.plan, session.store)
        let attempt = String(UInt64.random(in: 0 ... .max), radix: 36)
        let progress = UnitProgress()
        let segment = PrefixedStore(store, prefix: ArchiveLayout.segmentPrefix(plan: plan.id, unit: unit.number, attempt: attempt))
        // Run on separate threads, because the work may keep all of its own busy.
        let making = Task(executorPreference: CPUExecutor.shared) {
            try await session.make(unit, in: segment) { event in
                if case .fileDone(let key, _, let rows, _) = event {
                    progress.add(bytes: session.bytes(of: key), rows: rows)
                }
                report(event)
            }
        }
        let renewing = Task.detached(priority: .high) { [interval = options.renewalInterval] in
            var next = interval
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(100))
                if stop.isAsked { return making.cancel() }
                guard held.seconds >= next, !Task.isCancelled else { continue }
                next = held.seconds + interval
                let (bytes, rows) = progress.value
                // If the store cannot be reached, the next renewal may succeed in time.
                try? await held.renew(bytesDone: bytes, rows: rows)
                if await held.lost != nil { return making.cancel() }
                if (try? await WorkStop.asks(identity.worker, of: plan.id, in: store)) == true {
                    stop.ask()
                    return making.cancel()
                }
            }
        }
        let result = await making.result
        renewing.cancel()
        await renewing.value
        do {
            if let reason = await held.lost { return try await abandon(segment, reason) }
            if stop.isAsked {
                await held.release()
                _ = try? await abandon(segment, "")
                return .stopped
            }
            var published = try result.get()
            published.attempt = attempt
            published.worker = identity.worker
            published.bytes = unit.bytes
            published.seconds = held.seconds
            do throws(StoreError) {
                try await store.put(
                    ArchiveLayout.published(plan: plan.id, unit: unit.number), (try? published.encoded()) ?? [], ifAbsent: true)
            } catch {
                guard error.code == .alreadyExists else { throw error }
                return try await abandon(segment, "another worker has published it first")
            }
            return .published(rows: published.rows)
        } catch {
            // Let another worker try at once; the cause may be this machine.
            await held.release()
            throw error
        }
    }

    /// Deletes the objects of an unpublished segment.
    private func abandon(_ segment: PrefixedStore, _ reason: String) async throws -> Outcome {
        for object in try await segment.list() { try await segment.delete(object.key) }
        return .lost(reason)
    }
}

/// A request to some workers of a plan to end: `segments/PLAN/stop.json`. It names them, so that workers that start later ignore it.
package struct WorkStop: Codable, Sendable {
    package var requested: String
    package var workers: [String]

    package init(requested: String, workers: [String]) {
        self.requested = requested
        self.workers = workers
    }

    /// Whether a worker is asked to end.
    static func asks(_ worker: String, of plan: String, in store: any ObjectStore) async throws -> Bool {
        guard let bytes = try await store.getIfThere(ArchiveLayout.workStop(plan: plan)) else { return false }
        return (try? JSONDecoder().decode(WorkStop.self, from: Data(bytes)))?.workers.contains(worker) ?? false
    }
}

/// The part of a unit that has been read.
private final class UnitProgress: Sendable {
    private let state = Mutex((bytes: 0, rows: 0))

    func add(bytes: Int, rows: Int) {
        state.withLock { state in
            state.bytes += bytes
            state.rows += rows
        }
    }

    var value: (bytes: Int, rows: Int) { state.withLock { $0 } }
}
