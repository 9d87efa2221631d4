public import Base

/// Error while using an HDF5 file, dataset or attribute.
public struct HDF5Error: TapedeckError, Equatable {
    /// Cause, for programs.
    public enum Code: String, Sendable {
        /// The file cannot be opened: it is missing, unreadable, or not an HDF5 file.
        case cannotOpen
        /// The file or an object in it cannot be created.
        case cannotCreate
        /// The file does not contain the named group, dataset or attribute.
        case notFound
        /// The stored type differs from the requested one.
        case wrongType
        /// The stored type is only read from trusted files.
        case notTrusted
        /// The stored shape differs from the requested one, or the given values do not fill whole rows.
        case wrongShape
        /// A range exceeds the dataset.
        case outOfBounds
        /// The data needs a filter that this program lacks.
        case missingFilter
        /// Reading would exceed the memory limit that the caller set.
        case tooLarge
        /// The data is damaged or cannot be read.
        case readFailed
        /// Writing failed, for example because the disk is full or the file is read-only.
        case writeFailed
        /// The file is closed.
        case closed
    }

    /// Cause, for programs.
    public let code: Code
    /// Path of the file.
    public let file: String
    /// Path of the group, dataset or attribute within the file; empty if the error concerns the file itself.
    public let object: String
    /// Cause and remedy, for people.
    public let message: String
    /// The library's own message, innermost cause last; empty when the error did not come from the library.
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
