public import ObjectStore

/// Reads a whole store and reports damage: first compares every object's bytes with the manifest, then the content of intact
/// objects with the documented layout and with each other.
///
/// An object that the store does not deliver (it does not answer, or refuses) is not damage: the report lists it separately.
/// The verification ends if the whole store is unreachable.
///
/// The segments that workers have published are verified as well, each like a store.
///
/// Memory: a few pieces of 4 MiB per worker, the texts of the parts, and the distinct keys of one year. It writes nothing and
/// takes no lock; an active run can make objects look newer than the manifest.
public struct StoreVerification: Sendable {
    /// Progress: bytes read of all.
    public typealias Progress = @Sendable (_ done: Int, _ total: Int) -> Void

    private let store: any ObjectStore
    private let workers: Int

    /// - Parameter workers: number of objects read in parallel.
    public init(_ store: any ObjectStore, workers: Int) {
        self.store = store
        self.workers = max(1, workers)
    }

    /// - Throws: `ArchiveError` when there is no store; errors of the object store other than those of a single object.
    public func run(progress: @escaping Progress = { _, _ in }) async throws -> VerificationReport {
        // Segments first: what is compacted meanwhile is then in both, and not missed.
        let plan = try await PlanSegments.read(store)
        let found: Manifest?
        do {
            found = try await StoreReader.readManifest(store)
        } catch let error as ArchiveError {
            // Nothing else can be checked without it.
            return VerificationReport(
                objects: 1, bytes: 0, damaged: [.init(ArchiveLayout.manifest, error.description)], unfinished: [], unnamed: [])
        }
        var report = VerificationReport(objects: 0, bytes: 0, damaged: [], unfinished: [], unnamed: [])
        let segments = plan.segments.compactMap { segment in segment.manifest.map { (segment.store, $0) } }
        guard found != nil || !segments.isEmpty || !plan.damages.isEmpty else { throw try await StoreReader.missing(store) }
        let total = (segments.map(\.1) + [found].compactMap { $0 }).reduce(0) { $0 + $1.objects.values.reduce(0) { $0 + $1.size } }
        if let found {
            report = try await run(found) { done, _ in progress(min(done, total), total) }
        }
        for (segment, manifest) in segments {
            let before = report.bytes
            let own = try await StoreVerification(segment, workers: workers).run(manifest) { done, _ in progress(min(before + done, total), total) }
            report.add(own, prefix: segment.prefix)
        }
        report.damaged += plan.damages.map { .init($0.key, $0.error.description) }
        report.damaged.sort { $0.key < $1.key }
        return report
    }

    /// Verifies a store, or a segment, without others.
    private func run(_ manifest: Manifest, progress: @escaping Progress) async throws -> VerificationReport {
        var report = VerificationReport(objects: 1 + manifest.objects.count, bytes: 0, damaged: [], unfinished: [], unnamed: [])
        let listed = Dictionary(
            try await store.list(prefix: ArchiveLayout.root).map { ($0.key, $0.size) }, uniquingKeysWith: { $1 })
        report.unnamed = listed.keys.filter { manifest.objects[$0] == nil && ArchiveLayout.isObject($0) }.sorted()
        var problems = try await bytes(manifest, listed: listed, report: &report, progress: progress)
        let intact = Set(manifest.objects.keys).subtracting(problems.keys).subtracting(report.unfinished)
            .subtracting(report.unread.map(\.key))
        var contents = ContentVerification(store: store, manifest: manifest, intact: intact)
        try await contents.run()
        problems.merge(contents.problems) { first, _ in first }
        report.damaged = problems.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }
        return report
    }

    /// Compares every object's size and digest with those in the manifest.
    /// - Returns: problems by key.
    private func bytes(
        _ manifest: Manifest, listed: [String: Int], report: inout VerificationReport, progress: @escaping Progress
    ) async throws -> [String: String] {
        var problems: [String: String] = [:]
        var unfinished: [String] = []
        var unread: [VerificationReport.Unread] = []
        var done = listed[ArchiveLayout.manifest] ?? 0
        let total = manifest.objects.keys.reduce(done) { $0 + (listed[$1] ?? 0) }
        let models = Set(manifest.models.keys.map(ArchiveLayout.name(ofModel:)))
        // Largest first, so that no worker is left with a large object at the end.
        let objects = manifest.objects.sorted { ($0.value.size, $1.key) > ($1.value.size, $0.key) }
        try await withThrowingTaskGroup(of: (String, Finding).self) { group in
            var next = 0
            func start() {
                guard next < objects.count else { return }
                let (key, object) = objects[next]
                next += 1
                group.addTask { (key, try await self.look(at: key, object, size: listed[key], models: models)) }
            }
            for _ in 0..<workers { start() }
            while let (key, finding) = try await group.next() {
                switch finding {
                case .intact: break
                case .unfinished: unfinished.append(key)
                case .unread(let problem): unread.append(.init(key: key, problem: problem))
                case .damaged(let problem): problems[key] = problem
                }
                done += listed[key] ?? 0
                progress(done, total)
                start()
            }
        }
        report.bytes = done
        report.unfinished = unfinished.sorted()
        report.unread = unread.sorted { $0.key < $1.key }
        return problems
    }

    private enum Finding {
        case intact, unfinished
        case damaged(String)
        case unread(String)
    }

    private func look(at key: String, _ object: Manifest.Object, size: Int?, models: Set<String>) async throws -> Finding {
        do throws(StoreError) {
            return try await judge(key, object, size: size, models: models)
        } catch {
            guard error.code == .unavailable || error.code == .permissionDenied || error.code == .changed else { throw error }
            // If even the manifest cannot be read any more, the store is unreachable; stop.
            if error.code == .unavailable { _ = try await store.head(ArchiveLayout.manifest) }
            return .unread("\(error.message); \(error.remedy)")
        }
    }

    private func judge(
        _ key: String, _ object: Manifest.Object, size listed: Int?, models: Set<String>
    ) async throws(StoreError) -> Finding {
        // A listing may be outdated or incomplete, so check a missing object, or one of another size, by itself.
        guard let size = listed == object.size ? listed : try await store.headIfThere(key)?.size else {
            return .damaged("it is missing")
        }
        if size == object.size {
            // Bytes can also be damaged in transit; only an object that is wrong twice is damaged.
            for _ in 0..<2 {
                do throws(StoreError) {
                    if try await store.sha256(of: key) == object.sha256 { return .intact }
                } catch {
                    guard error.code == .notFound, !error.key.isEmpty else { throw error }
                    return .damaged("it is missing")
                }
            }
        }
        // Replaced before the manifest; its own seal shows whether it is intact.
        if ArchiveLayout.isReplaced(key), ChecksummedJSON.isIntact(try await store.get(key)) { return .unfinished }
        // So are parts while a model is added; the vectors of that model distinguish this from damage.
        if key.hasPrefix(ArchiveLayout.partsPrefix) {
            let path = try await store.localPath(of: key)
            if let found = try? PartsFile.models(path), found.isStrictSuperset(of: models) { return .unfinished }
        }
        return .damaged(
            size == object.size
                ? "its bytes have changed: they do not match its SHA-256" : "it has \(size) bytes instead of \(object.size)")
    }
}

extension VerificationReport.Damage {
    init(_ key: String, _ problem: String) {
        self.init(key: key, problem: problem, mending: VerificationReport.Mending(key))
    }
}
