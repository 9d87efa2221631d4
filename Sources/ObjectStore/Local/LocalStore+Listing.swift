import Base
import Foundation

extension LocalStore {
    /// Lists all objects whose keys start with `prefix`, in byte order of their keys.
    func list(_ prefix: String) throws(StoreError) -> [ObjectInfo] {
        // Walk only the folder that all these keys share.
        let folder = prefix.lastIndex(of: "/").map { String(prefix[..<$0]) } ?? ""
        if !folder.isEmpty { try ObjectKey.validate(folder, location: address) }
        var objects: [ObjectInfo] = []
        try walk(folder, prefix, ancestors: [], into: &objects)
        return objects.sorted { bytesAscend($0.key, $1.key) }
    }

    public func leftovers(isOwn: @Sendable (_ key: String) -> Bool) async throws(StoreError) -> [ObjectInfo] {
        try await blocking { () throws(StoreError) in try staleFiles() }
    }

    public func removeLeftovers(isOwn: @Sendable (_ key: String) -> Bool) async throws(StoreError) {
        try await blocking { () throws(StoreError) in try removeStaleFiles() }
    }

    func removeStaleFiles() throws(StoreError) {
        for file in try staleFiles() { _ = unlink(root + "/" + file.key) }
    }

    /// Temporary files of dead processes on this machine, and any older than a day.
    private func staleFiles() throws(StoreError) -> [ObjectInfo] {
        var found: [ObjectInfo] = []
        try forEachEntry(of: "", ancestors: []) { (key, name, status) throws(StoreError) in
            guard name.hasPrefix(TemporaryName.prefix) else { return }
            let age = time(nil) - status.modified.seconds
            guard TemporaryName.isOfDeadProcess(name) || age > 86_400 else { return }
            found.append(
                ObjectInfo(
                    key: key, size: status.size, seconds: status.modified.seconds,
                    nanoseconds: status.modified.nanoseconds))
        }
        return found
    }

    private func walk(
        _ folder: String, _ prefix: String, ancestors: [FolderIdentity], into objects: inout [ObjectInfo]
    ) throws(StoreError) {
        var found: [ObjectInfo] = []
        try forEachEntry(
            of: folder, ancestors: ancestors, enter: { $0.hasPrefix(prefix) || prefix.hasPrefix($0 + "/") },
            unusable: { key, problem in
                guard key.hasPrefix(prefix) else { return }
                found.append(ObjectInfo(key: key, size: 0, seconds: 0, nanoseconds: 0, keyProblem: problem))
            }
        ) { (key, name, status) throws(StoreError) in
            guard !name.hasPrefix(ObjectKey.reservedPrefix), key.hasPrefix(prefix) else { return }
            found.append(
                ObjectInfo(
                    key: key, size: status.size, seconds: status.modified.seconds,
                    nanoseconds: status.modified.nanoseconds, keyProblem: ObjectKey.problem(key)))
        }
        objects += found
    }

    /// Device and inode. Without them, a symbolic link to a parent folder would be walked forever.
    struct FolderIdentity: Hashable {
        let device, inode: UInt64
    }

    /// Calls `body` with key, name and status of every file in a folder and its subfolders. Skips files that disappear in
    /// the meantime. A missing folder has no files.
    /// - Parameter unusable: called for entries that are not readable files, with the reason.
    private func forEachEntry(
        of folder: String, ancestors: [FolderIdentity], enter: (String) -> Bool = { _ in true },
        unusable: (_ key: String, _ problem: String) -> Void = { _, _ in },
        _ body: (String, String, File.Status) throws(StoreError) -> Void
    ) throws(StoreError) {
        let path = folder.isEmpty ? root : root + "/" + folder
        func failure(_ number: Int32) -> StoreError {
            StoreError(FileError(path, "could not be listed", number: number), location: address, key: folder)
        }
        let own: File.Status
        do {
            own = try File.Status(path)
        } catch {
            if [ENOENT, ENOTDIR].contains(error.number), !folder.isEmpty { return }
            throw failure(error.number)
        }
        let identity = FolderIdentity(device: own.device, inode: own.inode)
        guard own.isFolder, !ancestors.contains(identity) else { return }
        guard let stream = opendir(path) else {
            if errno == ENOENT { return }
            throw failure(errno)
        }
        defer { closedir(stream) }
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw failure(errno) }
                return
            }
            let (name, shown) = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                let bytes = bytes.prefix { $0 != 0 }
                return (String(validating: bytes, as: UTF8.self), String(decoding: bytes, as: UTF8.self))
            }
            let key = folder.isEmpty ? shown : folder + "/" + shown
            guard let name else {
                unusable(key, "it is not UTF-8")
                continue
            }
            guard name != ".", name != ".." else { continue }
            guard let status = File.Status(of: root + "/" + key) else {
                // Either a broken link, or a file that has been removed in the meantime.
                if FileSystem.isLink(root + "/" + key) { unusable(key, "it is a broken link") }
                continue
            }
            if status.isFolder {
                if enter(key) {
                    try forEachEntry(of: key, ancestors: ancestors + [identity], enter: enter, unusable: unusable, body)
                }
            } else if status.isRegular {
                try body(key, name, status)
            } else {
                unusable(key, "it is not a regular file")
            }
        }
    }
}

/// Names of temporary files. A name shows which process made the file.
enum TemporaryName {
    static let prefix = ObjectKey.reservedPrefix + "tmp-"

    /// Returns a unique name.
    static func make() -> String {
        "\(prefix)\(host)-\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
    }

    static func isOfDeadProcess(_ name: String) -> Bool {
        let parts = name.dropFirst(prefix.count).split(separator: "-")
        guard parts.count == 3, parts[0] == host, let pid = Int32(parts[1]), pid > 0 else { return false }
        return kill(pid, 0) != 0 && errno == ESRCH
    }

    /// Hash of the machine's name, in eight hexadecimal digits, since process IDs of another machine mean nothing here.
    private static let host = String(ContentDigest.sha256(of: [UInt8](ProcessInfo.processInfo.hostName.utf8)).prefix(8))
}
