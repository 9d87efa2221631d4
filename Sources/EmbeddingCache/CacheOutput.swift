import Base

/// A file that is written at given offsets or at its end, throwing `CacheError`. Closed when the value is destroyed.
struct CacheOutput: ~Copyable {
    private let file: File

    /// - Parameter create: creates the file if it does not exist.
    init(_ path: String, create: Bool = false) throws(CacheError) {
        file = try onFiles { () throws(FileError) in try File(writing: path, create ? .ifAbsent : .never) }
    }

    func byteCount() throws(CacheError) -> Int {
        try onFiles { () throws(FileError) in try file.status().size }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(CacheError) {
        try onFiles { () throws(FileError) in try file.write(bytes, at: offset) }
    }

    func write<Element: BitwiseCopyable>(_ values: [Element], at offset: Int) throws(CacheError) {
        try onFiles { () throws(FileError) in try file.write(values, at: offset) }
    }

    func read(_ byteCount: Int, at offset: Int) throws(CacheError) -> [UInt8] {
        try onFiles { () throws(FileError) in try file.read(byteCount, at: offset) }
    }

    func truncate(to byteCount: Int) throws(CacheError) {
        try onFiles { () throws(FileError) in try file.truncate(to: byteCount) }
    }

    /// Waits until everything written is on disk.
    func synchronise() throws(CacheError) {
        try onFiles { () throws(FileError) in try file.synchronize() }
    }

    /// Renames a complete file to its final name, replacing any existing file, and waits until the rename is on disk.
    static func rename(_ temporary: String, to path: String) throws(CacheError) {
        try onFiles { () throws(FileError) in try FileSystem.replace(path, with: temporary) }
    }
}

/// Keeps a second process from writing the same file. The lock is released when its process ends, however it ends.
struct CacheLock: ~Copyable {
    private let lock: FileLock

    /// - Parameter waiting: whether to wait for another process instead of failing.
    /// - Throws: `.busy` when another process holds the lock and `waiting` is false.
    init(for file: String, waiting: Bool = false) throws(CacheError) {
        let path = FileIdentity(file).path + ".lock"
        while true {
            guard let lock = try onFiles({ () throws(FileError) in try FileLock(path, waits: waiting) }) else {
                throw CacheError(.busy, file, "another process is writing this file; wait for it, or stop it")
            }
            if lock.isCurrent {
                self.lock = lock
                return
            }
        }
    }

    deinit { lock.release(removesFile: true) }
}

extension CacheFile {
    /// Suffixes of the files that are written beside a cache while it is made or extended.
    package static let endingsBeside = [".new", ".lock", ".partial", ".partial.new", ".additions", ".additions.new", ".additions.lock"]

    /// Whether a path refers to this file, through links or another spelling.
    func isFile(at other: String) -> Bool { FileIdentity(path).isSame(as: FileIdentity(other)) }
}

extension CacheError {
    /// - Throws: `CacheError` when the output, or a file written beside it, is one of the inputs.
    static func refuse(_ output: String, replacing inputs: String..., inPlace: Bool = false) throws(CacheError) {
        for input in inputs.map({ FileIdentity($0) }) {
            for ending in [""] + CacheFile.endingsBeside where !(inPlace && ending.isEmpty) {
                guard FileIdentity(output + ending).isSame(as: input) else { continue }
                throw CacheError(.exists, output + ending, "is the file that is read: name another one to write")
            }
        }
    }

    init(_ error: FileError) {
        let reason =
            error.kind == .outOfSpace
            ? "the disk is full; free some space and run the same command again" : error.reason.text
        self.init(.unavailable, error.path, "\(error.action): \(reason)")
    }
}

/// Runs file operations and converts their errors to `CacheError`.
private func onFiles<Value: ~Copyable>(_ work: () throws(FileError) -> Value) throws(CacheError) -> Value {
    do { return try work() } catch { throw CacheError(error) }
}
