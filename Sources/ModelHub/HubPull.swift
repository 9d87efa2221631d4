#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
import ModelFiles
import Networking

/// Fetches a model from the Hugging Face hub into the hub's cache, where other tools find it, too.
struct HubPull {
    let settings: NetworkSettings
    let cache: HubCache
    let policy: TransferPolicy
    let progress: @Sendable (PullProgress) -> Void

    /// - Parameter hubID: `org/name`.
    /// - Returns: the folder of the model's files.
    func callAsFunction(_ hubID: String) async throws -> String {
        try await Downloader.with(settings, for: settings.hubEndpoint, policy: policy) { downloader in
            let fields = settings.hubToken.map { [(name: "Authorization", value: "Bearer \($0.exposed)")] } ?? []
            let address = "\(settings.hubEndpoint)/api/models/\(hubID)/revision/main?blobs=true"
            let answer = try await downloader.bytes(address, fields: fields)
            let repository = try HubRepository(answer, subject: hubID)
            try ModelFileNames.check(repository.files.map(\.name), of: hubID)
            return try await store(repository, hubID, downloader, fields)
        }
    }

    private func store(
        _ repository: HubRepository, _ hubID: String, _ downloader: Downloader, _ fields: Downloader.Fields
    ) async throws -> String {
        let folder = cache.folder(hubID: hubID)
        let blobs = folder + "/blobs"
        let snapshot = folder + "/snapshots/" + repository.commit
        let locks = cache.path + "/.locks/" + (folder.split(separator: "/").last ?? "")
        for path in [blobs, snapshot, folder + "/refs", locks] { try createFolder(path) }
        let lock = try takeLock(path: locks + "/tapedeck.lock", subject: hubID)
        defer { withExtendedLifetime(lock) {} }

        let absent = repository.files.filter { !isComplete($0, blobs) }
        func partial(_ file: HubRepository.File) -> String { "\(blobs)/\(file.blobName).incomplete" }
        // Stated lengths are untrusted, so limit their sum.
        let missing = absent.map { max($0.byteCount - (fileByteCount(partial($0)) ?? 0), 0) }
        try requireSpace(missing.reduce(0) { min($0, .max / 2) + min($1, .max / 2) }, at: blobs)
        let host = Downloader.host(settings.hubEndpoint)
        for file in absent {
            // The lock under which other tools write the same file.
            let lock = try takeLock(path: "\(locks)/\(file.blobName).lock", subject: "\(hubID)/\(file.name)")
            defer { withExtendedLifetime(lock) {} }
            let checksum: PartialFile.Checksum =
                file.sha256.map { .sha256($0) } ?? .gitBlob(file.gitBlob, byteCount: file.byteCount)
            try await FileDownload(
                downloader: downloader,
                address: "\(settings.hubEndpoint)/\(hubID)/resolve/\(repository.commit)/\(file.name)", fields: fields,
                path: partial(file), byteCount: file.byteCount, checksum: checksum
            ) { received, total in
                progress(PullProgress(host: host, file: file.name, receivedByteCount: received, totalByteCount: total))
            }()
            try moveIntoPlace(partial(file), "\(blobs)/\(file.blobName)")
        }
        for file in repository.files { try link(file, in: snapshot) }
        // Last step: other tools now find the revision.
        try writeSmallFile(Array(repository.commit.utf8), to: folder + "/refs/main")
        return snapshot
    }

    /// Whether a blob exists; only complete ones have this name.
    private func isComplete(_ file: HubRepository.File, _ blobs: String) -> Bool {
        fileByteCount("\(blobs)/\(file.blobName)") == file.byteCount
    }

    /// Links a snapshot's file to its blob.
    private func link(_ file: HubRepository.File, in snapshot: String) throws(ModelHubError) {
        let path = "\(snapshot)/\(file.name)"
        let depth = file.name.split(separator: "/").count - 1
        let target = String(repeating: "../", count: 2 + depth) + "blobs/" + file.blobName
        if depth > 0, let slash = path.lastIndex(of: "/") { try createFolder(String(path[..<slash])) }
        if (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == target { return }
        remove(path)
        do {
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
        } catch {
            throw ModelHubError(.unwritable, path, "the link cannot be made: \(error)")
        }
    }

    private func writeSmallFile(_ bytes: [UInt8], to path: String) throws(ModelHubError) {
        let partial = path + ".tapedeck-partial"
        try writeFile(bytes, to: partial)
        try moveIntoPlace(partial, path)
    }
}

/// Writes a small file whole.
func writeFile(_ bytes: [UInt8], to path: String) throws(ModelHubError) {
    let writer = try FileWriter(path: path)
    let result = bytes.withUnsafeBytes { (buffer) -> Result<Void, ModelHubError> in
        do throws(ModelHubError) { return .success(try writer.write(buffer)) } catch { return .failure(error) }
    }
    try result.get()
    try writer.synchronize()
}
