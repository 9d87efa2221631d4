internal import Base
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

/// Remembers SHA-256 digests of large files, so that a command need not read gigabytes of weights to know them.
///
/// One small JSON file for each, `digests/….json`, holds the digest and what the file was like: path, device, inode, length,
/// times of the last change of its content and of its inode. An entry that does not fit the file, or is damaged, counts as
/// none, and a cache that cannot be written is done without.
package struct DigestCache: Sendable {
    /// The folder of the entries.
    package let path: String

    package init(path: String) { self.path = path }

    /// `tapedeck/digests` under `XDG_CACHE_HOME` or `~/.cache`.
    package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.init(path: cacheHome(environment) + "/tapedeck/digests")
    }

    /// SHA-256 of a file's bytes in lower-case hexadecimal.
    /// - Parameter compute: finds out what is not known.
    /// - Throws: `ModelFileError` with code `.notFound` or `.unreadable`.
    package func digest(
        _ path: String, compute: (String) throws(ModelFileError) -> String = fileDigest
    ) throws(ModelFileError) -> String {
        guard let state = FileState(path) else { return try compute(path) }
        if let known = read(state) { return known }
        let digest = try compute(path)
        // Not of a file that was changed while it was read, nor of one changed so lately that another change could bear the
        // same time.
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

    /// Tells an entry that has come to harm: any 64 digits would do for a digest.
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

/// What tells one content of a file from another without reading it.
private struct FileState: Equatable {
    /// Without symbolic links.
    let path: String
    private let device: Int
    private let inode: Int
    private let byteCount: Int
    /// In nanoseconds since 1970.
    private let modified: Int
    /// Unlike the one before, nobody can set this.
    private let changed: Int

    var numbers: [Int] { [device, inode, byteCount, modified, changed] }

    /// Coarsest step of file systems' clocks.
    private static let clockStep = 2_000_000_000

    /// Whether a change made from now on will bear another time.
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
