import Base
import Foundation

extension LocalStore {
    @discardableResult
    public func put(_ key: String, _ bytes: [UInt8], ifAbsent: Bool) async throws(StoreError) -> ObjectInfo {
        let path = try self.path(of: key)
        return try await blocking { () throws(StoreError) in try write(key, bytes, to: path, ifAbsent: ifAbsent) }
    }

    private func write(_ key: String, _ bytes: [UInt8], to path: String, ifAbsent: Bool) throws(StoreError) -> ObjectInfo {
        let temporary = try makeTemporaryPath(beside: path, key: key)
        defer { FileSystem.remove(temporary) }
        try onFiles(of: key, at: address) { () throws(FileError) in
            let file = try File(writing: temporary, .exclusive)
            try file.write(bytes)
            try file.synchronize()
        }
        return try reveal(temporary, as: path, key: key, ifAbsent: ifAbsent)
    }

    @discardableResult
    public func replace(_ key: String, _ bytes: [UInt8], etag: String) async throws(StoreError) -> ObjectInfo {
        let path = try self.path(of: key)
        return try await blocking { () throws(StoreError) in
            // Folders have no such operation, so writers that replace objects take turns. The lock ends with the process.
            let lock = try onFiles(of: key, at: address) { () throws(FileError) in
                try FileLock(root + "/" + ObjectKey.reservedPrefix + "replace.lock", waits: true)
            }
            defer { lock?.release() }
            let found: String?
            do throws(StoreError) {
                found = try info(key, path).etag
            } catch {
                guard error.code == .notFound else { throw error }
                found = nil
            }
            guard found == etag else { throw .changed(location: address, key: key) }
            return try write(key, bytes, to: path, ifAbsent: false)
        }
    }

    @discardableResult
    public func put(
        _ key: String, movingFileAt source: String, content: ObjectContent?, ifAbsent: Bool
    ) async throws(StoreError) -> ObjectInfo {
        let path = try self.path(of: key)
        return try await blocking { () throws(StoreError) in
            let temporary = try makeTemporaryPath(beside: path, key: key)
            let file = try ObjectFile(source, location: address, key: key)
            let size = file.size
            if FileIdentity(path).isSame(as: FileIdentity(source)) {
                throw StoreError(
                    .alreadyExists, location: address, key: key, "the file to be moved is the object itself",
                    remedy: "make the file under another name")
            }
            // Make a hard link to the file if the file system allows it, and remove the source's own name last, so that a
            // failure leaves it unchanged.
            if link(source, temporary) == 0 {
                defer { FileSystem.remove(temporary) }
                try onFiles(of: key, at: address) { () throws(FileError) in try File(reading: temporary).synchronize() }
                let info = try reveal(temporary, as: path, key: key, ifAbsent: ifAbsent)
                FileSystem.remove(source)
                return info
            }
            defer { FileSystem.remove(temporary) }
            try onFiles(of: key, at: address) { () throws(FileError) in
                let original = try File(reading: source), copy = try File(writing: temporary, .exclusive)
                var position = 0
                while position < size {
                    let piece = try original.read(position..<min(position + (1 << 20), size))
                    try copy.write(piece)
                    position += piece.count
                }
                try copy.synchronize()
            }
            let info = try reveal(temporary, as: path, key: key, ifAbsent: ifAbsent)
            FileSystem.remove(source)
            return info
        }
    }

    public func delete(_ key: String) async throws(StoreError) {
        let path = try self.path(of: key)
        try await blocking { () throws(StoreError) in
            guard unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR else {
                throw StoreError(FileError(path, "could not be deleted"), location: address, key: key)
            }
            try synchroniseFolder(of: path, key: key)
        }
    }

    public func temporaryPath(for key: String) async throws(StoreError) -> String {
        let path = try self.path(of: key)
        return try await blocking { () throws(StoreError) in try makeTemporaryPath(beside: path, key: key) }
    }

    public func lockForWriting(owner: LockOwner) async throws(StoreError) -> StoreLock {
        try await blocking { () throws(StoreError) in
            let lock = StoreLock(
                owner: owner,
                lock: try FolderLock(path: root + "/" + ObjectKey.reservedPrefix + "lock", location: address, owner: owner))
            try removeStaleFiles()
            return lock
        }
    }

    /// Renames a complete and synchronised temporary file to its final name.
    private func reveal(
        _ temporary: String, as path: String, key: String, ifAbsent: Bool
    ) throws(StoreError) -> ObjectInfo {
        do {
            if ifAbsent { try FileSystem.link(temporary, as: path) } else { try FileSystem.replace(path, with: temporary) }
        } catch {
            guard error.kind == .alreadyExists else { throw StoreError(error, location: address, key: key) }
            throw StoreError(
                .alreadyExists, location: address, key: key, "an object of that key exists already",
                remedy: "another writer may have been faster; read it, or delete it first")
        }
        return try info(key, path)
    }

    public func version(of key: String) async throws(StoreError) -> ObjectVersion? {
        let path = try self.path(of: key)
        return try await blocking { () throws(StoreError) in
            let bytes: [UInt8]
            let written: (seconds: Int, nanoseconds: Int)
            do throws(StoreError) {
                let file = try ObjectFile(path, location: address, key: key)
                bytes = try file.read(0..<file.size)
                written = (file.status.modified.seconds, file.status.modified.nanoseconds)
            } catch {
                guard error.code == .notFound else { throw error }
                return nil
            }
            // The clock of the file system, which may be on a server, tells the time: that of a file written now.
            let temporary = try makeTemporaryPath(beside: path, key: key)
            defer { FileSystem.remove(temporary) }
            let now = try onFiles(of: key, at: address) { () throws(FileError) in
                let file = try File(writing: temporary, .exclusive)
                try file.write([0])
                return try file.status().modified
            }
            return ObjectVersion(
                bytes: bytes, etag: ObjectInfo(key: key, size: bytes.count, seconds: written.seconds, nanoseconds: written.nanoseconds).etag,
                age: Double(now.seconds - written.seconds) + Double(now.nanoseconds - written.nanoseconds) / 1e9)
        }
    }

    private func makeTemporaryPath(beside path: String, key: String) throws(StoreError) -> String {
        let folder = FileSystem.folder(of: path)
        try makeFolder(folder, key: key)
        return folder + "/" + TemporaryName.make()
    }

    /// Creates a folder and its parents, and synchronises their directory entries.
    /// - Parameter hasParent: whether its parent was made just now.
    func makeFolder(_ path: String, key: String, hasParent: Bool = false) throws(StoreError) {
        if mkdir(path, 0o755) == 0 {
            try synchroniseFolder(of: path, key: key)
            return
        }
        switch errno {
        case EEXIST:
            guard FileSystem.isFolder(path) else {
                throw StoreError(FileError(path, "could not be written", number: ENOTDIR), location: address, key: key)
            }
        // In some file systems, such as procfs, a folder cannot be made although its parent is there.
        case ENOENT where path != "/" && !hasParent:
            try makeFolder(FileSystem.folder(of: path), key: key)
            try makeFolder(path, key: key, hasParent: true)
        case let cause:
            throw StoreError(FileError(path, "its folder could not be made", number: cause), location: address, key: key)
        }
    }

    private func synchroniseFolder(of path: String, key: String) throws(StoreError) {
        try onFiles(of: key, at: address) { () throws(FileError) in try FileSystem.synchronizeFolder(of: path) }
    }
}
