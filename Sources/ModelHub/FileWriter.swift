import Base

/// Writes a new file and synchronises it to disk before it is used.
///
/// The file is closed with the writer; the caller removes an incomplete file.
package struct FileWriter: ~Copyable {
    private let file: File

    /// Creates the file; an existing one is emptied or continued.
    /// - Throws: `ModelHubError` with code `.diskFull` or `.unwritable`.
    package init(path: String, keepsContent: Bool = false) throws(ModelHubError) {
        file = try onFiles { () throws(FileError) in
            try File(writing: path, keepsContent ? .ifAbsent : .emptied, appends: keepsContent)
        }
    }

    /// Appends bytes.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(ModelHubError) {
        try onFiles { () throws(FileError) in try file.write(bytes) }
    }

    /// Waits until the file is on disk.
    package func synchronize() throws(ModelHubError) {
        try onFiles { () throws(FileError) in try file.synchronize() }
    }
}

extension ModelHubError {
    init(_ error: FileError) {
        let isFull = error.kind == .outOfSpace
        self.init(
            isFull ? .diskFull : .unwritable, error.path,
            isFull ? "the disk is full; free some space and try again" : "cannot be written: \(error.reason.text)")
    }
}

/// Runs file operations and converts their errors to this module's.
/// - Throws: `ModelHubError` with code `.diskFull` or `.unwritable`.
func onFiles<Value: ~Copyable>(_ work: () throws(FileError) -> Value) throws(ModelHubError) -> Value {
    do { return try work() } catch { throw ModelHubError(error) }
}
