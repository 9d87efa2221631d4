import Foundation

/// A file that replaces another atomically: a reader sees the old file or the complete new one, and a crash leaves the old one.
public struct AtomicFile: ~Copyable, Sendable {
    /// The path of the temporary file, in the folder of `path`.
    public let temporary: String
    public let path: String
    private let file: File

    /// Creates the temporary file, or empties one that an earlier process left.
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

    /// Renames the file to `path` and synchronizes it with the disk.
    /// - Throws: `FileError` when the system call fails.
    public consuming func commit() throws(FileError) {
        try file.synchronize()
        try FileSystem.replace(path, with: temporary)
    }

    /// Removes the temporary file, which otherwise stays until the next `init`.
    public consuming func abandon() { FileSystem.remove(temporary) }
}

/// Operations on names of files and folders.
public enum FileSystem {
    /// Renames a complete file or folder, replacing the previous one atomically, and synchronizes the folder.
    /// - Throws: `FileError` when the system call fails.
    public static func replace(_ path: String, with temporary: String) throws(FileError) {
        guard rename(temporary, path) == 0 else { throw FileError(path, "could not be written") }
        try synchronizeFolder(of: path)
    }

    /// Replaces the content of a file atomically, or creates the file.
    /// - Throws: `FileError` when a system call fails; the old content is then still there.
    public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        let file = try AtomicFile(path)
        do throws(FileError) {
            try file.write(bytes)
        } catch {
            file.abandon()
            throw error
        }
        try file.commit()
    }

    /// Gives a complete file a name that does not exist yet.
    /// - Throws: `FileError` of kind `.alreadyExists` when the name exists.
    public static func link(_ temporary: String, as path: String) throws(FileError) {
        // Unlike rename(2), link(2) does not replace an existing name.
        guard Foundation.link(temporary, path) == 0 else { throw FileError(path, "could not be written") }
        try synchronizeFolder(of: path)
    }

    /// Removes the name of a file. A missing file is not an error.
    public static func remove(_ path: String) { _ = unlink(path) }

    /// Synchronizes the folder of a path with the disk, so that new names survive a crash.
    /// - Throws: `FileError` when the system call fails.
    public static func synchronizeFolder(of path: String) throws(FileError) {
        let folder: File
        do {
            folder = try File(folder: self.folder(of: path))
        } catch {
            // The folder itself was deleted.
            if error.kind == .notFound { return }
            throw error
        }
        // Some file systems cannot synchronize folders and report EINVAL.
        guard fsync(folder.number) == 0 || errno == EINVAL else { throw FileError(path, "could not be written") }
    }

    /// Whether the path is a regular file or a link to one.
    public static func isFile(_ path: String) -> Bool { File.Status(of: path)?.isRegular == true }

    /// Whether the path is a folder or a link to one.
    public static func isFolder(_ path: String) -> Bool { File.Status(of: path)?.isFolder == true }

    /// Whether the path is a symbolic link, even a broken one.
    package static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// The parent folder in the text of a path; `.` for a single name.
    ///
    /// `NSString.deletingLastPathComponent` of Swift 6.3 ends the process for a path of one character.
    public static func folder(of path: String) -> String {
        guard let end = path.lastIndex(of: "/") else { return "." }
        return end == path.startIndex ? "/" : String(path[..<end])
    }

    /// The folder for temporary files: `TMPDIR`, or the default of the system.
    public static var temporaryFolder: String { FileManager.default.temporaryDirectory.path }
}
