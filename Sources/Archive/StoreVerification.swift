import ObjectStore

/// Reads a store from end to end and tells what in it is damaged: first every object's bytes against the manifest, then
/// what the intact ones say, against the documented layout and against each other.
///
/// Memory: a few pieces of 4 MiB a worker, the texts of the parts, and the distinct keys of one year. Nothing is written and
/// no lock is taken; a run that is at work meanwhile can make objects look newer than the manifest.
public struct StoreVerification: Sendable {
    /// Progress: bytes read of all.
    public typealias Progress = @Sendable (_ done: Int, _ total: Int) -> Void

    private let store: any ObjectStore
    private let workers: Int

    /// - Parameter workers: objects that are read side by side.
    public init(_ store: any ObjectStore, workers: Int) {
        self.store = store
        self.workers = max(1, workers)
    }

    /// - Throws: `ArchiveError` when there is no store; errors of the object store other than those of a single object.
    public func run(progress: @escaping Progress = { _, _ in }) async throws -> VerificationReport {
        var report = VerificationReport(objects: 1, bytes: 0, damaged: [], unfinished: [], unnamed: [])
        let isThere = try await store.contains(ArchiveLayout.manifest)
        let manifest: Manifest
        do {
            manifest = try await EmbeddingArchive.existingManifest(store)
        } catch let error as ArchiveError where isThere {
            // Nothing else can be told without it.
            report.damaged = [.init(ArchiveLayout.manifest, error.description)]
            return report
        }
        let listed = Dictionary(
            try await store.list(prefix: ArchiveLayout.root).map { ($0.key, $0.size) }, uniquingKeysWith: { $1 })
        report.objects += manifest.objects.count
        report.unnamed = listed.keys.filter { manifest.objects[$0] == nil && ArchiveLayout.isObject($0) }.sorted()
        var problems = try await bytes(manifest, listed: listed, report: &report, progress: progress)
        let intact = Set(manifest.objects.keys).subtracting(problems.keys).subtracting(report.unfinished)
        var contents = ContentVerification(store: store, manifest: manifest, intact: intact)
        try await contents.run()
        problems.merge(contents.problems) { first, _ in first }
        report.damaged = problems.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }
        return report
    }

    /// Compares every object's size and digest with the manifest's.
    /// - Returns: what is wrong, by key.
    private func bytes(
        _ manifest: Manifest, listed: [String: Int], report: inout VerificationReport, progress: @escaping Progress
    ) async throws -> [String: String] {
        var problems: [String: String] = [:]
        var unfinished: [String] = []
        var done = listed[ArchiveLayout.manifest] ?? 0
        let total = manifest.objects.keys.reduce(done) { $0 + (listed[$1] ?? 0) }
        let models = Set(manifest.models.keys.map(ArchiveLayout.name(ofModel:)))
        // The largest first, so that no worker is left with one at the end.
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
                case .damaged(let problem): problems[key] = problem
                }
                done += listed[key] ?? 0
                progress(done, total)
                start()
            }
        }
        report.bytes = done
        report.unfinished = unfinished.sorted()
        return problems
    }

    private enum Finding {
        case intact, unfinished
        case damaged(String)
    }

    private func look(at key: String, _ object: Manifest.Object, size: Int?, models: Set<String>) async throws -> Finding {
        guard let size else { return .damaged("it is missing") }
        do throws(StoreError) {
            if size == object.size, try await store.sha256(of: key) == object.sha256 { return .intact }
            // Replaced before the manifest is: its own seal tells whether it is whole.
            if ArchiveLayout.isReplaced(key), SealedJSON.isIntact(try await store.get(key)) { return .unfinished }
            // So are parts while a model joins; its vectors tell that from damage.
            if key.hasPrefix(ArchiveLayout.partsPrefix), let found = try? PartsFile.models(try await store.localPath(of: key)),
                found.isStrictSuperset(of: models)
            {
                return .unfinished
            }
        } catch {
            // One object that cannot be read is damage; a store that cannot is none.
            guard error.code == .unavailable || error.code == .permissionDenied || error.code == .notFound else { throw error }
            return .damaged("it cannot be read: \(error.message)")
        }
        return .damaged(
            size == object.size
                ? "its bytes have changed: they do not fit its SHA-256" : "it has \(size) bytes instead of \(object.size)")
    }
}

extension VerificationReport.Damage {
    init(_ key: String, _ problem: String) {
        self.init(key: key, problem: problem, mending: VerificationReport.Mending(key))
    }
}
