import Base
#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif
import StrictJSON

/// Caches SHA-256 digests of large files, so that a command need not read gigabytes of weights again.
///
/// Each file has one small JSON entry, `digests/….json`. It holds the digest and the file's path, device, inode, length,
/// content modification time and inode change time. An entry that does not match the file, or is damaged, is ignored. If the
/// cache cannot be written, it is not used.
package struct DigestCache: Sendable {
    /// Folder of the entries.
    package let path: String

    package init(path: String) { self.path = path }

    /// `tapedeck/digests` under `XDG_CACHE_HOME` or `~/.cache`.
    package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.init(path: cacheHome(environment) + "/tapedeck/digests")
    }

    /// SHA-256 of a file's bytes in lower-case hexadecimal.
    /// - Parameter compute: computes a digest that is not cached.
    /// - Throws: `ModelFileError` with code `.notFound` or `.unreadable`.
    package func digest(
        _ path: String, compute: (String) throws(ModelFileError) -> String = fileDigest
    ) throws(ModelFileError) -> String {
        guard let state = FileState(path) else { return try compute(path) }
        if let known = read(state) { return known }
        let digest = try compute(path)
        // Do not cache the digest of a file that changed while it was read, or so recently that a later change could have
        // the same timestamp.
        if FileState(path) == state, state.isSettled { write(digest, state) }
        return digest
    }

    private func place(of state: FileState) -> String { "\(path)/\(textDigest(state.path)).json" }

    private func read(_ state: FileState) -> String? {
        guard let file = try? MemoryMap.modelFile(place(of: state)), file.bytes.count <= 1 << 16,
            let json = try? JSONValue(parsing: Array(file.bytes)), let digest = json["sha256"]?.string,
            json["path"]?.string == state.path, json["state"]?.array?.map(\.integer) == state.numbers,
            json["check"]?.string == Self.check(digest, state)
        else { return nil }
        return digest
    }

    /// Checksum of an entry, which detects damage: any 64 digits would pass for a digest.
    private static func check(_ digest: String, _ state: FileState) -> String {
        textDigest("\(state.path) \(state.numbers) \(digest)")
    }

    private func write(_ digest: String, _ state: FileState) {
        struct Entry: Encodable {
            let path: String
            let sha256: String
            let state: [Int]
            let check: String
        }
        let entry = Entry(path: state.path, sha256: digest, state: state.numbers, check: Self.check(digest, state))
        guard let bytes = try? JSONEncoder().encode(entry) else { return }
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try? bytes.write(to: URL(fileURLWithPath: place(of: state)), options: .atomic)
    }
}

/// Identifies the content of a file without reading it.
private struct FileState: Equatable {
    /// Path without symbolic links.
    let path: String
    private let device: Int
    private let inode: Int
    private let byteCount: Int
    /// In nanoseconds since 1970.
    private let modified: Int
    /// Unlike `modified`, no program can set this time.
    private let changed: Int

    var numbers: [Int] { [device, inode, byteCount, modified, changed] }

    /// Coarsest timestamp resolution of file systems.
    private static let clockStep = 2_000_000_000

    /// Whether any later change will have another timestamp.
    var isSettled: Bool {
        var now = timespec()
        guard clock_gettime(CLOCK_REALTIME, &now) == 0 else { return false }
        return modified < Self.nanoseconds((Int(now.tv_sec), Int(now.tv_nsec))) - Self.clockStep
    }

    init?(_ path: String) {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        self.path = String(cString: resolved)
        guard let status = File.Status(of: self.path), status.isRegular else { return nil }
        device = Int(truncatingIfNeeded: status.device)
        inode = Int(truncatingIfNeeded: status.inode)
        byteCount = status.size
        modified = Self.nanoseconds(status.modified)
        changed = Self.nanoseconds(status.changed)
    }

    private static func nanoseconds(_ time: (seconds: Int, nanoseconds: Int)) -> Int { time.seconds &* 1_000_000_000 &+ time.nanoseconds }
}
