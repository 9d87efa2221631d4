public import Base
/// Why an HDF5 file, dataset or attribute could not be used, naming all of them.
public struct HDF5Error: TapedeckError, Equatable {
    /// What went wrong, for programs.
    public enum Code: String, Sendable {
        /// The file cannot be opened: missing, unreadable, or not an HDF5 file.
        case cannotOpen
        /// The file or an object in it cannot be made.
        case cannotCreate
        /// The named group, dataset or attribute is not in the file.
        case notFound
        /// The stored type is not the one asked for.
        case wrongType
        /// The stored type is read only from trusted files.
        case notTrusted
        /// The stored shape is not the one asked for, or the given values do not fill whole rows.
        case wrongShape
        /// A range reaches outside the dataset.
        case outOfBounds
        /// The bytes went through a filter that this program lacks.
        case missingFilter
        /// Reading would take more memory than the caller allowed.
        case tooLarge
        /// The bytes in the file are damaged or could not be read.
        case readFailed
        /// Writing failed: disk full, read-only file, and the like.
        case writeFailed
        /// The file was closed before.
        case closed
    }

    /// What went wrong, for programs.
    public let code: Code
    /// Path of the file.
    public let file: String
    /// Path of the group, dataset or attribute within the file; empty when the file itself is meant.
    public let object: String
    /// What went wrong and what to do, for people.
    public let message: String
    /// The library's own account, innermost cause last; empty when the library was not the one to object.
    public let detail: String

    package init(_ code: Code, file: String, object: String = "", _ message: String, detail: String = "") {
        self.code = code
        self.file = file
        self.object = object
        self.message = message
        self.detail = detail
    }

    public var description: String {
        let place = object.isEmpty ? file : "\(file): \(object)"
        return detail.isEmpty ? "\(place): \(message)" : "\(place): \(message) (HDF5: \(detail))"
    }
}

extension HDF5Error {
    public var kind: ErrorKind {
        switch code {
        case .cannotOpen, .readFailed: .damaged
        case .cannotCreate, .writeFailed: .unavailable
        case .notFound: .notFound
        case .wrongType, .notTrusted, .wrongShape, .outOfBounds, .closed: .invalidInput
        case .missingFilter: .unsupported
        case .tooLarge: .outOfSpace
        }
    }
}
