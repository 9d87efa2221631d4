package import Foundation
import Generation
package import ObjectStore

/// What the workers of a store do together: the plan, who has which unit, and when all will be done. From the plan, the claims and
/// the event logs of the workers.
package struct WorkStatus: Codable, Hashable, Sendable {
    package struct Worker: Codable, Hashable, Sendable {
        /// Name of the worker: host and run.
        package var worker: String
        package var host: String
        package var pid: Int32
        /// "working", "idle", "silent", "dead" or "ended".
        package var state: String
        /// The unit in hand, its year, and how much of it is read, 0 to 1.
        package var unit: Int?
        package var year: Int?
        package var progress: Double?
        /// Seconds since the unit was claimed.
        package var unitSeconds: Double?
        /// Units that this worker has published.
        package var published: Int
        package var rowsPerSecond: Double?
        /// Whether another worker would finish the unit sooner.
        package var isStraggler: Bool

        private enum CodingKeys: String, CodingKey {
            case worker, host, pid, state, unit, year, progress, published
            case unitSeconds = "unit_seconds"
            case rowsPerSecond = "rows_per_second"
            case isStraggler = "is_straggler"
        }

        var isAlive: Bool { state == "working" || state == "idle" }
    }

    /// The plan's id.
    package var plan: String
    package var units: Int
    /// Units that are done.
    package var published: Int
    /// Approximate bytes of source text of all units, and of those that are done.
    package var bytes: Int
    package var publishedBytes: Int
    /// Rows per second of all workers together.
    package var rowsPerSecond: Double?
    /// Seconds until all units are done, at the rate of the workers that are alive; `nil` if unknown.
    package var etaSeconds: Double?
    /// Workers that are alive, or have units that are not done.
    package var workers: [Worker]
    /// Units that another worker may take over.
    package var stragglers: [Int]
    /// Units that no worker takes any more, because several died one after another while they had it.
    package var setAside: [SetAside]

    /// A unit that no worker takes any more.
    package struct SetAside: Codable, Hashable, Sendable {
        package var unit: Int
        package var year: Int
        /// Keys of its inputs.
        package var inputs: [String]
    }

    private enum CodingKeys: String, CodingKey {
        case plan, units, published, bytes, workers, stragglers
        case publishedBytes = "bytes_published"
        case setAside = "set_aside"
        case rowsPerSecond = "rows_per_second"
        case etaSeconds = "eta_seconds"
    }

    /// Reads the state of a store's workers.
    /// - Returns: `nil` for a store without a plan.
    /// - Throws: `GenerationError` when the plan is damaged; `MonitoringError` when a log is; errors of the store.
    package static func read(_ store: any ObjectStore, now: Date = .now) async throws -> WorkStatus? {
        guard let progress = try await WorkProgress.read(store) else { return nil }
        let runs = try await EventLog(store: store).runs(newest: RunRecorder.workerLimit).filter { $0.work?.plan == progress.plan.id }
        return WorkStatus(progress, runs: runs, now: now)
    }

    init(_ progress: WorkProgress, runs: [RunState], now: Date) {
        plan = progress.plan.id
        units = progress.plan.units.count
        published = progress.published.count
        bytes = progress.plan.bytes
        publishedBytes = progress.publishedBytes
        let alive = runs.filter { $0.life(now: now, processExists: $0.identity.processExists) == .alive }
        let rates = alive.compactMap { run -> Double? in
            guard let work = run.work, work.publishedBytes > 0, run.elapsed > 0 else { return nil }
            return Double(work.publishedBytes) / run.elapsed
        }
        let speed = rates.isEmpty ? nil : rates.reduce(0, +) / Double(rates.count)
        // Workers that have published nothing yet are as fast as the others, as far as is known.
        etaSeconds = published == units ? 0 : speed.map { Double(progress.plan.bytes - progress.publishedBytes) / ($0 * Double(alive.count)) }
        let rows = alive.compactMap(\.recentRowRate)
        rowsPerSecond = rows.isEmpty ? nil : rows.reduce(0, +)
        let slow = progress.stragglers(speed: speed)
        let abandoned = progress.held.filter(\.isSetAside).map(\.claim.unit).sorted()
        setAside = abandoned.map { SetAside(unit: $0, year: progress.plan.units[$0].year, inputs: progress.plan.units[$0].keys) }
        stragglers = slow.subtracting(abandoned).sorted()
        var held = Dictionary(progress.held.map { ($0.claim.worker, $0) }, uniquingKeysWith: { $1 })
        workers = []
        for run in runs {
            let name = RunIdentity.name(run.identity)
            let life = run.life(now: now, processExists: run.identity.processExists)
            let claim = held.removeValue(forKey: name)
            guard life == .alive || claim != nil else { continue }
            let state =
                switch life {
                case .alive: claim == nil ? "idle" : "working"
                case .silent: "silent"
                case .dead: "dead"
                case .ended: "ended"
                }
            workers.append(
                Worker(
                    worker: name, host: run.identity.host, pid: run.identity.pid, state: state, published: run.work?.published ?? 0,
                    rowsPerSecond: life == .alive ? run.recentRowRate : nil, isStraggler: false
                ).holding(claim, progress.plan, slow))
        }
        // Workers whose logs are not stored yet, or not any more.
        for (name, claim) in held.sorted(by: { $0.key < $1.key }) {
            workers.append(
                Worker(
                    worker: name, host: claim.claim.host, pid: claim.claim.pid, state: claim.isExpired ? "silent" : "working", published: 0,
                    isStraggler: false
                ).holding(claim, progress.plan, slow))
        }
    }

    /// One line about the whole.
    package var text: String {
        let share = bytes > 0 ? Double(publishedBytes) / Double(bytes) : Double(published) / Double(max(1, units))
        let alive = workers.count(where: \.isAlive)
        var text = "Plan \(plan): \(Numbers.grouped(published)) of \(Numbers.grouped(units)) units are done, \(RunText.percent(share))"
        if published == units { return text + "; `tapedeck compact` is next" }
        text += "; \(alive) \(alive == 1 ? "worker" : "workers"), \(RunText.rate(rowsPerSecond, "rows"))"
        text += ", ETA \(etaSeconds.map(Numbers.duration) ?? "?")"
        if !stragglers.isEmpty {
            text += "; stragglers: \(stragglers.count == 1 ? "unit" : "units") \(stragglers.prefix(8).map(String.init).joined(separator: ", "))"
        }
        return text
    }

    /// A line per worker.
    package var lines: [String] {
        setAside.map { unit in
            let inputs = WorkPlan.Unit.text(ofInputs: unit.inputs)
            return "unit \(unit.unit) of \(unit.year) is set aside (\(inputs)): \(Claim.deathLimit) workers died while processing it; "
                + "`tapedeck work --retry-set-aside` retries it"
        }
            + workers.map { worker in
                var text = "\(worker.worker): \(worker.state)"
                if let unit = worker.unit {
                    text += ", unit \(unit)\(worker.year.map { " of \($0)" } ?? ""), \(RunText.percent(worker.progress))"
                    if let seconds = worker.unitSeconds { text += " in \(Numbers.duration(seconds))" }
                    if worker.isStraggler { text += ", straggler" }
                }
                text += ", \(Numbers.grouped(worker.published)) done"
                if let rate = worker.rowsPerSecond { text += ", \(RunText.rate(rate, "rows"))" }
                return text
            }
    }
}

extension WorkStatus.Worker {
    fileprivate func holding(_ held: WorkProgress.Held?, _ plan: WorkPlan, _ stragglers: Set<Int>) -> Self {
        guard let held else { return self }
        var worker = self
        let unit = plan.units[held.claim.unit]
        worker.unit = unit.number
        worker.year = unit.year
        worker.progress = unit.bytes > 0 ? min(1, Double(held.claim.bytesDone) / Double(unit.bytes)) : 0
        worker.unitSeconds = held.elapsed
        worker.isStraggler = stragglers.contains(unit.number)
        return worker
    }
}
