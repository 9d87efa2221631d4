import Foundation
import SystemPackage

/// An open file, which is closed when the value goes out of scope. Child processes do not inherit it.
public struct File: ~Copyable, Sendable {
    /// How a file is opened for writing.
    public enum Creation: Sendable {
        /// The file must exist; its content stays.
        case never
        /// The file is created if it does not exist; its content stays.
        case ifAbsent
        /// The file must not exist.
        case exclusive
        /// The file is created if it does not exist, and emptied otherwise.
        case emptied
    }

    public let path: String
    let descriptor: FileDescriptor

    /// The file descriptor, for system calls that this type does not wrap.
    package var number: Int32 { descriptor.rawValue }

    private init(_ path: String, _ mode: FileDescriptor.AccessMode, _ options: FileDescriptor.OpenOptions, _ action: String) throws(FileError) {
        self.path = path
        do {
            descriptor = try FileDescriptor.open(
                FilePath(path), mode, options: options.union(.closeOnExec), permissions: [.ownerReadWrite, .groupRead, .otherRead])
        } catch {
            throw FileError(path, action, error)
        }
    }

    /// Opens a file for reading.
    /// - Throws: `FileError` when the system call fails.
    public init(reading path: String) throws(FileError) { try self.init(path, .readOnly, [], "could not be read") }

    /// Opens a file for reading and writing.
    /// - Parameter appends: appends writes without an offset to the end, even when other processes append as well.
    /// - Throws: `FileError` when the system call fails.
    public init(writing path: String, _ creation: Creation, appends: Bool = false) throws(FileError) {
        var options: FileDescriptor.OpenOptions =
            switch creation {
            case .never: []
            case .ifAbsent: .create
            case .exclusive: [.create, .exclusiveCreate]
            case .emptied: [.create, .truncate]
            }
        if appends { options.insert(.append) }
        try self.init(path, .readWrite, options, "could not be written")
    }

    /// Opens a folder, to synchronize it.
    init(folder path: String) throws(FileError) { try self.init(path, .readOnly, .directory, "could not be read") }

    deinit { try? descriptor.close() }

    /// The metadata of a file or folder, stat(2).
    public struct Status: Sendable {
        /// In bytes.
        public let size: Int
        /// Bytes on the disk: fewer than `size` for a file with holes.
        package let allocated: Int
        /// When the content last changed, since 1970.
        public let modified: (seconds: Int, nanoseconds: Int)
        /// When the content or the metadata last changed, since 1970. Unlike `modified`, programs cannot set it.
        package let changed: (seconds: Int, nanoseconds: Int)
        /// Whether it is a regular file, and no folder, device or socket.
        public let isRegular: Bool
        public let isFolder: Bool
        package let device: UInt64
        package let inode: UInt64

        fileprivate init(_ status: stat) {
            size = Int(status.st_size)
            allocated = Int(status.st_blocks) * 512
            modified = (Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec))
            changed = (Int(status.st_ctim.tv_sec), Int(status.st_ctim.tv_nsec))
            isRegular = status.st_mode & S_IFMT == S_IFREG
            isFolder = status.st_mode & S_IFMT == S_IFDIR
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
        }

        /// The status of the file at a path, following links; `nil` when there is none or it is not accessible.
        public init?(of path: String) { try? self.init(path) }

        /// As `init(of:)`.
        /// - Throws: `FileError`; of kind `.notFound` when there is none.
        package init(_ path: String) throws(FileError) {
            var status = stat()
            guard stat(path, &status) == 0 else { throw FileError(path, "could not be read") }
            self.init(status)
        }

        /// The status of a descriptor's file; `nil` for a descriptor that is not open.
        init?(descriptor: Int32) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { return nil }
            self.init(status)
        }
    }

    /// Size, times and kind of the open file.
    /// - Throws: `FileError` when the system does not tell.
    public func status() throws(FileError) -> Status {
        guard let status = Status(descriptor: number) else { throw FileError(path, "could not be read") }
        return status
    }

    /// The bytes of a range.
    /// - Throws: `FileError`, also when the file ends before the range does.
    public func read(_ range: Range<Int>) throws(FileError) -> [UInt8] { try read(range.count, at: range.lowerBound) }

    /// Reads values in the layout of memory, from a byte offset.
    /// - Throws: `FileError` when the system call fails.
    public func read<Value: BitwiseCopyable>(_ count: Int, at offset: Int, as type: Value.Type = Value.self) throws(FileError) -> [Value] {
        var cause: Errno?
        let values = [Value](unsafeUninitializedCapacity: count) { buffer, filled in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            var position = 0
            do {
                while position < bytes.count {
                    let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[position...])
                    let read = try descriptor.read(fromAbsoluteOffset: Int64(offset + position), into: rest)
                    guard read > 0 else { throw Errno.ioError }
                    position += read
                }
                filled = count
            } catch {
                cause = error as? Errno ?? .ioError
            }
        }
        if let cause { throw FileError(path, "could not be read", cause) }
        return values
    }

    /// Writes all bytes at the current position, or at `offset`.
    /// - Throws: `FileError` when the system call fails.
    public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int? = nil) throws(FileError) {
        do {
            if let offset {
                try descriptor.writeAll(toAbsoluteOffset: Int64(offset), bytes)
            } else {
                try descriptor.writeAll(bytes)
            }
        } catch {
            throw FileError(path, "could not be written", error)
        }
    }

    /// Writes values in the layout of memory.
    /// - Throws: `FileError` when the system call fails.
    public func write<Value: BitwiseCopyable>(_ values: [Value], at offset: Int? = nil) throws(FileError) {
        let result = values.withUnsafeBytes { bytes in Result { () throws(FileError) in try write(bytes, at: offset) } }
        try result.get()
    }

    /// Moves the position of writes without an offset.
    /// - Throws: `FileError` when the system call fails.
    public func seek(to offset: Int) throws(FileError) {
        do {
            try descriptor.seek(offset: Int64(offset), from: .start)
        } catch {
            throw FileError(path, "could not be written", error)
        }
    }

    /// Cuts the file, or extends it with zeros, to a size in bytes.
    /// - Throws: `FileError` when the file cannot be written or the disk is full.
    public func truncate(to size: Int) throws(FileError) {
        guard ftruncate(number, off_t(size)) == 0 else { throw FileError(path, "could not be shortened") }
    }

    /// Synchronizes the content with the disk, fsync(2).
    /// - Throws: `FileError` when the system call fails.
    public func synchronize() throws(FileError) {
        guard fsync(number) == 0 else { throw FileError(path, "could not be written") }
    }
}

extension FileError {
    /// Wraps an error of swift-system, whose calls throw `Errno`.
    init(_ path: String, _ action: String, _ error: any Error) {
        self.init(path, action, number: (error as? Errno ?? .ioError).rawValue)
    }
}
