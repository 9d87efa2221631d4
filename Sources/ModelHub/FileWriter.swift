import Base

/// Writes a new file and forces it to the disk before anybody is told that it is there.
///
/// The file is closed when the writer goes; what is half written by then is the caller's to remove.
package struct FileWriter: ~Copyable {
    private let file: File

    /// Creates the file; one that is there is emptied, or else written on.
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

    /// Waits until the disk has the file.
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

/// Works on files, with this module's errors.
/// - Throws: `ModelHubError` with code `.diskFull` or `.unwritable`.
func onFiles<Value: ~Copyable>(_ work: () throws(FileError) -> Value) throws(ModelHubError) -> Value {
    do { return try work() } catch { throw ModelHubError(error) }
}
