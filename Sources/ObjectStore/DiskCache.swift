import Base
import Foundation
import Synchronization

/// Files on the local disk that can be had again, up to a total size: copies of remote objects, and files made from objects. The least
/// recently used are removed first.
///
/// Several processes may share a folder. A file appears as a whole, by renaming. A file whose path was returned stays until
/// the `DiskCache` that returned it is deallocated. Each process lists such names in its lease, a file that it keeps locked;
/// a process that removes files reads the leases of all live processes. Files in use can therefore make the cache exceed its
/// limit.
package final class DiskCache: Sendable {
    /// Where the cache is, and its size limit.
    package struct Settings: Sendable {
        package var folder: String
        /// In bytes.
        package var limit: Int

        /// Default size limit, in bytes.
        static let defaultLimit = 20 << 30

        /// From `TAPEDECK_CACHE` and `TAPEDECK_CACHE_SIZE`.
        /// - Parameter location: of the store that the cache is for.
        /// - Throws: `StoreError` with code `.invalidLocation` for an invalid setting.
        package init(environment: [String: String], location: String) throws(StoreError) {
            func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
            let home = variable("HOME") ?? NSTemporaryDirectory()
            folder = StoreLocation.absolute(
                variable("TAPEDECK_CACHE") ?? (variable("XDG_CACHE_HOME") ?? home + "/.cache") + "/tapedeck/objects")
            limit = Self.defaultLimit
            guard let text = variable("TAPEDECK_CACHE_SIZE") else { return }
            guard let size = ByteCount(text) else {
                throw StoreError(.invalidLocation, location: location, "TAPEDECK_CACHE_SIZE is '\(text)'", remedy: ByteCount.remedy)
            }
            limit = size.bytes
        }
    }

    let folder: String
    private let limit: Int
    private let state: Mutex<State>

    private struct State {
        /// `nil` until the first file is leased.
        var lease: FileLock?
        var leased: Set<String> = []
        /// Bytes added since the folder was last scanned.
        var unchecked = Int.max / 2
    }

    private static let leasePrefix = ObjectKey.reservedPrefix + "lease-"

    init(folder: String, limit: Int) {
        self.folder = folder
        self.limit = limit
        state = Mutex(State())
    }

    package convenience init(_ settings: Settings) { self.init(folder: settings.folder, limit: settings.limit) }

    /// Opens a file that is made from others, making it if it is not cached or cannot be opened. Once it is open, the cache may remove it,
    /// so `open` must map the file or read it whole.
    /// - Parameters:
    ///   - parts: identify the content: two files with the same parts have the same bytes.
    ///   - ending: the end of the file's name.
    /// - Throws: `StoreError` when the folder cannot be used; errors of `make`; errors of `open` on a file that was just made.
    package func open<Value>(
        _ parts: [String], ending: String, making make: (_ path: String) async throws -> Void, opening open: (_ path: String) throws -> Value
    ) async throws -> Value {
        let name = Self.name(of: parts, ending: ending)
        let path = folder + "/" + name
        let known: Value? = try locked(.shared) { () throws(StoreError) in
            guard let value = try? open(path) else { return nil }
            // The modification time records the last use.
            _ = utimensat(AT_FDCWD, path, nil, 0)
            return value
        }
        if let known { return known }
        let temporary = try temporaryPath()
        do {
            try await make(temporary)
            let value = try open(temporary)
            let size = try onFolder { () throws(FileError) in
                let file = try File(reading: temporary)
                // After a power failure, the name must not stand for a file with holes.
                try file.synchronize()
                return try file.status().size
            }
            _ = try adopt(temporary, as: name, size: size, isLeased: false)
            return value
        } catch {
            FileSystem.remove(temporary)
            throw error
        }
    }

    /// A file name that is unique to `parts` and ends in a readable form of the key.
    static func name(of parts: [String], ending key: String) -> String {
        let last = key.split(separator: "/").last ?? ""
        let readable = last.utf8.filter {
            $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") || ($0 < 0x80 && Character(UnicodeScalar($0)).isLetter)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }.suffix(80)
        return ContentDigest.sha256(of: Array(parts.joined(separator: "\n").utf8)).prefix(40) + "-"
            + String(decoding: Array(readable), as: UTF8.self)
    }

    /// Path of a cached file, which is kept from now on; `nil` if it is not cached.
    func lease(_ name: String, size: Int) throws(StoreError) -> String? {
        try locked(.shared) { () throws(StoreError) in
            let path = folder + "/" + name
            try takeLease(name)
            guard let status = File.Status(of: path), status.isRegular, status.size == size else { return nil }
            // The modification time records the last use.
            _ = utimensat(AT_FDCWD, path, nil, 0)
            return path
        }
    }

    /// Path of a file of holes, which is kept from now on; made if it is not cached.
    func leaseHoles(_ name: String, size: Int) throws(StoreError) -> String {
        if let path = try lease(name, size: size) { return path }
        let temporary = try temporaryPath()
        try onFolder { () throws(FileError) in
            let file = try File(writing: temporary, .exclusive)
            guard ftruncate(file.number, off_t(size)) == 0 else { throw FileError(temporary, "could not be written") }
        }
        return try adopt(temporary, as: name, size: 0, isLeased: true)
    }

    /// Path for a new file that will be adopted.
    func temporaryPath() throws(StoreError) -> String {
        try makeFolder()
        return folder + "/" + TemporaryName.make()
    }

    /// Adds a complete file from the same file system under a new name.
    /// - Returns: its path, which is kept only if `isLeased`.
    func adopt(_ file: String, as name: String, size: Int, isLeased: Bool) throws(StoreError) -> String {
        let path = folder + "/" + name
        try locked(.shared) { () throws(StoreError) in
            if isLeased { try takeLease(name) }
            _ = utimensat(AT_FDCWD, file, nil, 0)
            guard rename(file, path) == 0 else { throw failure(FileError(path, "could not be written")) }
        }
        try noteGrowth(size)
        return path
    }

    /// Counts bytes that were added, and removes what exceeds the limit once they are many.
    func noteGrowth(_ size: Int) throws(StoreError) {
        let isDue = state.withLock { state in
            state.unchecked += size
            guard state.unchecked > limit / 16 else { return false }
            state.unchecked = 0
            return true
        }
        if isDue { try removeSurplus() }
    }

    /// Removes the least recently used files until the limit holds, and leftovers of dead processes.
    private func removeSurplus() throws(StoreError) {
        try locked(.exclusive) { () throws(StoreError) in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            var files: [(name: String, size: Int, used: (seconds: Int, nanoseconds: Int))] = []
            var inUse: Set<String> = []
            for name in names {
                let path = folder + "/" + name
                guard let status = File.Status(of: path), status.isRegular else { continue }
                if name.hasPrefix(Self.leasePrefix) {
                    inUse.formUnion(Self.namesOfLease(path))
                } else if name.hasPrefix(TemporaryName.prefix) {
                    if TemporaryName.isOfDeadProcess(name) || time(nil) - status.modified.seconds > 86_400 { unlink(path) }
                } else if !name.hasPrefix(ObjectKey.reservedPrefix) {
                    files.append((name, min(status.size, status.allocated), status.modified))
                }
            }
            var total = files.reduce(0) { $0 + $1.size }
            guard total > limit else { return }
            files.sort { ($0.used.seconds, $0.used.nanoseconds, $0.name) < ($1.used.seconds, $1.used.nanoseconds, $1.name) }
            for file in files where !inUse.contains(file.name) {
                // Remove slightly more than necessary, so that the next file does not trigger another scan at once.
                guard total > limit - limit / 16 else { return }
                if unlink(folder + "/" + file.name) == 0 { total -= file.size }
            }
        }
    }

    /// Names in a lease. If its owner is gone, returns none and removes the lease.
    private static func namesOfLease(_ path: String) -> [String] {
        if let lock = try? FileLock(path) {
            lock.release(removesFile: true)
            return []
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").map(String.init)
    }

    private func takeLease(_ name: String) throws(StoreError) {
        try state.withLock { (state) throws(StoreError) in
            guard !state.leased.contains(name) else { return }
            let lease = state.lease
            state.lease = try onFolder { () throws(FileError) in
                let lock = if let lease { lease } else { try FileLock(folder + "/" + Self.leasePrefix + UUID().uuidString.lowercased()) }
                try lock?.append(Array((name + "\n").utf8))
                return lock
            }
            state.leased.insert(name)
        }
    }

    /// Runs `body` while the folder is locked: shared to use it, exclusive to remove files.
    private func locked<Value>(_ mode: FileLock.Mode, _ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
        try makeFolder()
        let lock = try onFolder { () throws(FileError) in
            try FileLock(folder + "/" + ObjectKey.reservedPrefix + "lock", mode, waits: true)
        }
        defer { lock?.release() }
        return try body()
    }

    /// Runs file operations on the folder; their errors include a remedy.
    private func onFolder<Value>(_ work: () throws(FileError) -> Value) throws(StoreError) -> Value {
        do { return try work() } catch { throw failure(error) }
    }

    private func makeFolder() throws(StoreError) {
        if FileSystem.isFolder(folder) { return }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw StoreError(
                .permissionDenied, location: folder, "the folder of the disk cache cannot be made",
                remedy: "name another with TAPEDECK_CACHE")
        }
    }

    private func failure(_ error: FileError) -> StoreError {
        let error = StoreError(FileError(folder, "the disk cache \(error.action)", number: error.number), location: folder)
        return StoreError(
            error.code, location: folder, error.message, remedy: "\(error.remedy), or name another folder with TAPEDECK_CACHE")
    }
}
