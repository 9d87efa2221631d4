public import Foundation

/// Address of a store: a local folder, or an S3 bucket with a prefix.
public enum StoreLocation: Sendable, Hashable, CustomStringConvertible {
    /// A folder: its absolute path without a trailing slash.
    case folder(String)
    /// A bucket and the prefix of all keys; the prefix has no leading or trailing slash and may be empty.
    case bucket(String, prefix: String)

    /// Parses `file:///path`, a plain path (relative to the working directory), or `s3://bucket/prefix`.
    /// - Throws: `StoreError` with code `.invalidLocation`.
    public init(parsing text: String) throws(StoreError) {
        func refuse(_ message: String, _ remedy: String) -> StoreError {
            StoreError(.invalidLocation, location: text, message, remedy: remedy)
        }
        let forms = "use file:///path, a path, or s3://bucket/prefix"
        guard !text.isEmpty, !text.utf8.contains(0) else { throw refuse("not an address of a store", forms) }
        if let rest = text.removing(prefix: "file://") {
            let path = rest.removing(prefix: "localhost/").map { "/" + $0 } ?? rest
            guard path.hasPrefix("/") else {
                throw refuse("file:// is followed by a host name or a relative path", "write file:///absolute/path")
            }
            guard let decoded = path.removingPercentEncoding, !decoded.utf8.contains(0) else {
                throw refuse("a percent sign is not followed by two hexadecimal digits of UTF-8", "write %25 for a percent sign")
            }
            self = .folder(Self.absolute(decoded))
        } else if let rest = text.removing(prefix: "s3://") {
            let bucket = String(rest.prefix { $0 != "/" })
            guard (3...63).contains(bucket.utf8.count),
                bucket.utf8.allSatisfy({
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                        || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
                })
            else {
                throw refuse(
                    "'\(bucket)' is not the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens",
                    "write s3://bucket/prefix")
            }
            let prefix = rest.dropFirst(bucket.count).split(separator: "/").joined(separator: "/")
            // Such keys are not below `prefix`, and cannot be read.
            guard !rest.contains("//") else {
                throw refuse(
                    "it has an empty part (//); such keys are not read",
                    "write s3://\([bucket, prefix].filter { !$0.isEmpty }.joined(separator: "/")), or copy the objects to keys without //")
            }
            if !prefix.isEmpty { try ObjectKey.validate(prefix, location: text) }
            self = .bucket(bucket, prefix: prefix)
        } else if let scheme = text.range(of: "://") {
            throw refuse("'\(text[..<scheme.lowerBound])' is not a supported kind of store", forms)
        } else {
            self = .folder(Self.absolute(text))
        }
    }

    /// The address in the form that `init(parsing:)` reads.
    public var description: String {
        switch self {
        case .folder(let path):
            // Escape only what would be parsed differently, so that the address stays readable.
            "file://" + path.replacingOccurrences(of: "%", with: "%25")
        case .bucket(let bucket, let prefix):
            prefix.isEmpty ? "s3://\(bucket)" : "s3://\(bucket)/\(prefix)"
        }
    }

    /// Opens the store at this address.
    /// - Parameters:
    ///   - creating: whether to create a folder that does not exist. Buckets are never created.
    ///   - environment: S3 settings (docs/configuration.md).
    /// - Throws: `.notFound`, `.permissionDenied`; for S3 `.unauthorized`, and `.invalidLocation` for invalid settings.
    ///   Opening a bucket sends no request.
    public func open(
        creating: Bool, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(StoreError) -> any ObjectStore {
        switch self {
        case .folder(let path):
            return try LocalStore(root: path, creating: creating)
        case .bucket(let bucket, let prefix):
            return try S3Store(
                bucket: bucket, prefix: prefix, settings: try S3Settings(environment: environment, location: description))
        }
    }

    /// Whether this is a bucket: reading an object may wait for a network.
    package var isRemote: Bool { if case .bucket = self { true } else { false } }

    /// Memory in bytes to read or write one object: the pieces in transfer to or from a bucket, both as sent and as kept.
    public var transferBytes: Int {
        switch self {
        case .folder: 0
        case .bucket: 2 * S3Transfer().pieceSize * S3Transfer().parallelism
        }
    }

    static func absolute(_ path: String) -> String {
        let whole = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        var names: [Substring] = []
        for name in whole.split(separator: "/") where name != "." {
            // As in a shell's `cd`: `..` after a symbolic link returns to the folder that contains the link.
            if name == ".." { _ = names.popLast() } else { names.append(name) }
        }
        return "/" + names.joined(separator: "/")
    }
}

extension String {
    fileprivate func removing(prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
