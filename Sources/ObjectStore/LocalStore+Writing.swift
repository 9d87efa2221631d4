internal import Foundation

extension LocalStore {
    @discardableResult
    public func put(_ key: String, _ bytes: [UInt8], ifAbsent: Bool) async throws(StoreError) -> ObjectInfo {
        let path = try self.path(of: key)
        return try await blocking { () throws(StoreError) in
            let temporary = try makeTemporaryPath(beside: path, key: key)
            defer { _ = unlink(temporary) }
            let file = try FileDescriptor(
                temporary, flags: O_WRONLY | O_CREAT | O_EXCL, location: address, key: key, "could not be written")
            let result: Result<Void, StoreError> = bytes.withUnsafeBytes { bytes in
                Result { () throws(StoreError) in try file.write(bytes) }
            }
            try result.get()
            try file.synchronise()
            return try reveal(temporary, as: path, key: key, ifAbsent: ifAbsent)
        }
    }

    @discardableResult
    public func replace(_ key: String, _ bytes: [UInt8], etag: String) async throws(StoreError) -> ObjectInfo {
        // Not one step, which folders do not have; writers are kept apart by the lock.
        let found: String?
        do throws(StoreError) {
            found = try await head(key).etag
        } catch {
            guard error.code == .notFound else { throw error }
            found = nil
        }
        guard found == etag else { throw .changed(location: address, key: key) }
        return try await put(key, bytes, ifAbsent: false)
    }

    @discardableResult
    public func put(
        _ key: String, movingFileAt source: String, content: ObjectContent?, ifAbsent: Bool
    ) async throws(StoreError) -> ObjectInfo {
        let path = try self.path(of: key)
        return try await blocking { () throws(StoreError) in
            let temporary = try makeTemporaryPath(beside: path, key: key)
            let file = try FileDescriptor(reading: source, location: address, key: key)
            let size = try file.status().size
            var target = stat()
            var own = stat()
            if stat(path, &target) == 0, fstat(file.number, &own) == 0, target.st_dev == own.st_dev,
                target.st_ino == own.st_ino
            {
                throw StoreError(
                    .alreadyExists, location: address, key: key, "the file to be moved is the object itself",
                    remedy: "make the file under another name")
            }
            // A second name for the file, where the file system allows it; the source's own name goes last, so that a
            // failure leaves it as it was.
            if link(source, temporary) == 0 {
                defer { _ = unlink(temporary) }
                try file.synchronise()
                let info = try reveal(temporary, as: path, key: key, ifAbsent: ifAbsent)
                _ = unlink(source)
                return info
            }
            defer { _ = unlink(temporary) }
            let copy = try FileDescriptor(
                temporary, flags: O_WRONLY | O_CREAT | O_EXCL, location: address, key: key, "could not be written")
            var position = 0
            while position < size {
                let piece = try file.read(position..<min(position + (1 << 20), size))
                let result: Result<Void, StoreError> = piece.withUnsafeBytes { piece in
                    Result { () throws(StoreError) in try copy.write(piece) }
                }
                try result.get()
                position += piece.count
            }
            try copy.synchronise()
            let info = try reveal(temporary, as: path, key: key, ifAbsent: ifAbsent)
            _ = unlink(source)
            return info
        }
    }

    public func delete(_ key: String) async throws(StoreError) {
        let path = try self.path(of: key)
        try await blocking { () throws(StoreError) in
            guard unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR else {
                throw .system(errno, location: address, key: key, "could not be deleted")
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
                lock: try FileLock(path: root + "/" + ObjectKey.reservedPrefix + "lock", location: address, owner: owner))
            try removeStaleFiles()
            return lock
        }
    }

    /// Gives a complete and synchronised temporary file its name.
    private func reveal(
        _ temporary: String, as path: String, key: String, ifAbsent: Bool
    ) throws(StoreError) -> ObjectInfo {
        // rename(2) replaces silently; link(2) does not, in one step.
        guard (ifAbsent ? link(temporary, path) : rename(temporary, path)) == 0 else {
            let cause = errno
            if cause == EEXIST {
                throw StoreError(
                    .alreadyExists, location: address, key: key, "an object of that key exists already",
                    remedy: "another writer may have been faster; read it, or delete it first")
            }
            throw .system(cause, location: address, key: key, "could not be written")
        }
        try synchroniseFolder(of: path, key: key)
        return try info(key, path)
    }

    private func makeTemporaryPath(beside path: String, key: String) throws(StoreError) -> String {
        let folder = Self.folder(of: path)
        try makeFolder(folder, key: key)
        return folder + "/" + TemporaryName.make()
    }

    /// Makes a folder and those above it, and sees to it that their names are on the disk.
    func makeFolder(_ path: String, key: String) throws(StoreError) {
        if mkdir(path, 0o755) == 0 {
            try synchroniseFolder(of: path, key: key)
            return
        }
        switch errno {
        case EEXIST:
            var info = stat()
            guard stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else {
                throw .system(ENOTDIR, location: address, key: key, "could not be written")
            }
        case ENOENT where path != "/":
            try makeFolder(Self.folder(of: path), key: key)
            try makeFolder(path, key: key)
        case let cause:
            throw .system(cause, location: address, key: key, "its folder could not be made")
        }
    }

    private func synchroniseFolder(of path: String, key: String) throws(StoreError) {
        let folder: FileDescriptor
        do throws(StoreError) {
            folder = try FileDescriptor(
                Self.folder(of: path), flags: O_RDONLY | O_DIRECTORY, location: address, key: key, "could not be written")
        } catch {
            // Deleting something from a folder that is not there.
            if error.code == .notFound { return }
            throw error
        }
        // Some file systems do not synchronise folders and say so.
        guard fsync(folder.number) == 0 || errno == EINVAL else {
            throw .system(errno, location: address, key: key, "could not be written")
        }
    }

    private static func folder(of path: String) -> String {
        let end = path.lastIndex(of: "/") ?? path.startIndex
        return end == path.startIndex ? "/" : String(path[..<end])
    }
}
