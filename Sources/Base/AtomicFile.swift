internal import Foundation

/// A file that gets its name when it is complete: a reader finds the old file or the new one, and a crash leaves the old one.
public struct AtomicFile: ~Copyable, Sendable {
    /// Where it is written until then: beside its final place.
    public let temporary: String
    public let path: String
    private let file: File

    /// Creates the temporary file; one that an earlier process left is emptied.
    /// - Parameter temporary: its path, in the folder of `path`; `path` with `.partial` unless given.
    /// - Throws: `FileError` when the system call fails.
    public init(_ path: String, temporary: String? = nil) throws(FileError) {
        self.path = path
        self.temporary = temporary ?? path + ".partial"
        file = try File(writing: self.temporary, .emptied)
    }

    /// Writes at the current position.
    /// - Throws: `FileError` when the system call fails.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) { try file.write(bytes) }

    /// Writes at the current position.
    /// - Throws: `FileError` when the system call fails.
    public func write(_ bytes: [UInt8]) throws(FileError) { try file.write(bytes) }

    /// Moves the position.
    /// - Throws: `FileError` when the system call fails.
    public func seek(to offset: Int) throws(FileError) { try file.seek(to: offset) }

    /// Puts the file in its place and waits until the disk has it.
    /// - Throws: `FileError` when the system call fails.
    public consuming func commit() throws(FileError) {
        try file.synchronize()
        try FileSystem.replace(path, with: temporary)
    }

    /// Removes the temporary file. Without a commit and without this, it stays.
    public consuming func abandon() { FileSystem.remove(temporary) }
}

/// Names of files and folders, and what is done to them.
public enum FileSystem {
    /// Gives a complete file or folder a name, at once, in place of what has the name, and waits until the disk has that.
    /// - Throws: `FileError` when the system call fails.
    public static func replace(_ path: String, with temporary: String) throws(FileError) {
        guard rename(temporary, path) == 0 else { throw FileError(path, "could not be written") }
        try synchronizeFolder(of: path)
    }

    /// Gives a complete file a name that nothing has yet.
    /// - Throws: `FileError` of kind `.alreadyExists` when something has it.
    public static func link(_ temporary: String, as path: String) throws(FileError) {
        // Unlike rename(2), link(2) does not replace, and it is one step.
        guard Foundation.link(temporary, path) == 0 else { throw FileError(path, "could not be written") }
        try synchronizeFolder(of: path)
    }

    /// Removes a file's name. It is no error if there is none.
    public static func remove(_ path: String) { _ = unlink(path) }

    /// Waits until the disk has the names in the folder of a path.
    /// - Throws: `FileError` when the system call fails.
    public static func synchronizeFolder(of path: String) throws(FileError) {
        let folder: File
        do {
            folder = try File(folder: self.folder(of: path))
        } catch {
            // Something was deleted from a folder that is gone.
            if error.kind == .notFound { return }
            throw error
        }
        // Some file systems do not synchronize folders and say so.
        guard fsync(folder.number) == 0 || errno == EINVAL else { throw FileError(path, "could not be written") }
    }

    /// Whether an ordinary file, or a link to one, is at a path.
    public static func isFile(_ path: String) -> Bool { File.Status(of: path)?.isRegular == true }

    /// Whether a folder, or a link to one, is at a path.
    public static func isFolder(_ path: String) -> Bool { File.Status(of: path)?.isFolder == true }

    /// Whether a symbolic link is at a path, whatever it leads to.
    package static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// The folder that a path is in, by its text alone; `.` for a name alone.
    ///
    /// `NSString.deletingLastPathComponent` of Swift 6.3 ends the process for a path of one character.
    public static func folder(of path: String) -> String {
        guard let end = path.lastIndex(of: "/") else { return "." }
        return end == path.startIndex ? "/" : String(path[..<end])
    }

    /// The folder for temporary files: `TMPDIR`, or the system's.
    public static var temporaryFolder: String { FileManager.default.temporaryDirectory.path }
}
