import Foundation
import ObjectStore

/// A file that is written at given places or at its end, and closed when it is let go.
struct CacheOutput: ~Copyable {
    private let descriptor: Int32
    private let path: String

    /// - Parameter create: makes the file when it is not there.
    init(_ path: String, create: Bool = false) throws(CacheError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0o644)
        guard descriptor >= 0 else { throw .system(path, "could not be opened for writing") }
    }

    deinit { close(descriptor) }

    func byteCount() throws(CacheError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(path, "could not be read") }
        return Int(status.st_size)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(CacheError) {
        var done = 0
        while done < bytes.count {
            guard let base = bytes.baseAddress else { return }
            let count = pwrite(descriptor, base + done, bytes.count - done, off_t(offset + done))
            if count > 0 {
                done += count
            } else if errno != EINTR {
                throw .system(path, "could not be written")
            }
        }
    }

    func write<Element: BitwiseCopyable>(_ values: [Element], at offset: Int) throws(CacheError) {
        let result = values.withUnsafeBytes { bytes in Result { () throws(CacheError) in try write(bytes, at: offset) } }
        try result.get()
    }

    func read(_ byteCount: Int, at offset: Int) throws(CacheError) -> [UInt8] {
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, filled in
            while filled < byteCount, let base = buffer.baseAddress {
                let count = pread(descriptor, base + filled, byteCount - filled, off_t(offset + filled))
                if count > 0 {
                    filled += count
                } else if count == 0 || errno != EINTR {
                    failed = true
                    return
                }
            }
        }
        guard !failed else { throw .system(path, "could not be read back") }
        return bytes
    }

    func truncate(to byteCount: Int) throws(CacheError) {
        guard ftruncate(descriptor, off_t(byteCount)) == 0 else { throw .system(path, "could not be shortened") }
    }

    /// Waits until what was written is on the disk.
    func synchronise() throws(CacheError) {
        guard fsync(descriptor) == 0 else { throw .system(path, "could not be written") }
    }

    /// Gives a complete file its name, replacing what bears it, and waits until that is on the disk.
    static func rename(_ temporary: String, to path: String) throws(CacheError) {
        guard Foundation.rename(temporary, path) == 0 else { throw .system(path, "could not be written") }
        let descriptor = open(FileIdentity.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        // Some file systems do not synchronise folders and say so; the file itself is whole in any case.
        _ = fsync(descriptor)
        close(descriptor)
    }
}

/// Keeps a second process from making the same file. Gone with the process that holds it, however it ends.
struct CacheLock: ~Copyable {
    private let descriptor: Int32
    private let path: String

    /// - Parameter waiting: whether to wait for another process, rather than to give up.
    /// - Throws: `.busy` when another process is making the file.
    init(for file: String, waiting: Bool = false) throws(CacheError) {
        path = FileIdentity(file).path + ".lock"
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw .system(file, "could not be written") }
            guard flock(descriptor, waiting ? LOCK_EX : LOCK_EX | LOCK_NB) == 0 else {
                close(descriptor)
                throw CacheError(.busy, file, "another process is writing this file; wait for it, or end it")
            }
            // The one before may have removed the name between the two calls.
            var held = stat()
            var named = stat()
            if fstat(descriptor, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino {
                self.descriptor = descriptor
                return
            }
            close(descriptor)
        }
    }

    deinit {
        unlink(path)
        close(descriptor)
    }
}

extension CacheFile {
    /// Endings of the files that are written beside a cache, or beside what it is made into, on the way.
    package static let endingsBeside = [".new", ".lock", ".partial", ".partial.new", ".additions", ".additions.new", ".additions.lock"]

    /// Whether a path leads to this file, however it is spelt.
    func isFile(at other: String) -> Bool { FileIdentity(path).isSame(as: FileIdentity(other)) }
}

extension CacheError {
    /// - Throws: when a file to be written, or one that is written beside it on the way, is one that is read.
    static func refuse(_ output: String, replacing inputs: String..., inPlace: Bool = false) throws(CacheError) {
        for input in inputs.map({ FileIdentity($0) }) {
            for ending in [""] + CacheFile.endingsBeside where !(inPlace && ending.isEmpty) {
                guard FileIdentity(output + ending).isSame(as: input) else { continue }
                throw CacheError(.exists, output + ending, "is the file that is read: name another one to write")
            }
        }
    }

    /// The system's last error, with the remedy that goes with it.
    static func system(_ path: String, _ action: String) -> CacheError {
        let cause = errno
        let reason: String
        switch cause {
        case ENOSPC, EDQUOT: reason = "the disk is full; free some space and run the same command again"
        case EACCES, EPERM, EROFS: reason = "no permission"
        case ENOENT: reason = "there is no such file or folder"
        default: reason = String(cString: strerror(cause))
        }
        return CacheError(.unavailable, path, "\(action): \(reason)")
    }
}
