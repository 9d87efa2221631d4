internal import Base

/// A file that is written at given places or at its end, with this library's errors. Closed when it is let go.
struct CacheOutput: ~Copyable {
    private let file: File

    /// - Parameter create: makes the file when it is not there.
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

    /// Waits until what was written is on the disk.
    func synchronise() throws(CacheError) {
        try onFiles { () throws(FileError) in try file.synchronize() }
    }

    /// Gives a complete file its name, replacing what bears it, and waits until that is on the disk.
    static func rename(_ temporary: String, to path: String) throws(CacheError) {
        try onFiles { () throws(FileError) in try FileSystem.replace(path, with: temporary) }
    }
}

/// Keeps a second process from making the same file. Gone with the process that holds it, however it ends.
struct CacheLock: ~Copyable {
    private let lock: FileLock

    /// - Parameter waiting: whether to wait for another process, rather than to give up.
    /// - Throws: `.busy` when another process is making the file.
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

    init(_ error: FileError) {
        let reason =
            error.kind == .outOfSpace
            ? "the disk is full; free some space and run the same command again" : error.reason.text
        self.init(.unavailable, error.path, "\(error.action): \(reason)")
    }
}

/// Works on files, with this library's errors.
private func onFiles<Value: ~Copyable>(_ work: () throws(FileError) -> Value) throws(CacheError) -> Value {
    do { return try work() } catch { throw CacheError(error) }
}
