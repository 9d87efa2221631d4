public import Foundation

/// The address of a store: a local folder, or a bucket of S3 with a prefix.
public enum StoreLocation: Sendable, Hashable, CustomStringConvertible {
    /// A folder, by its absolute path without a slash at the end.
    case folder(String)
    /// A bucket, and the prefix of all keys without slashes around it, possibly empty.
    case bucket(String, prefix: String)

    /// Reads `file:///path`, a plain path (relative to the working folder), or `s3://bucket/prefix`.
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
            // Those keys are others than the ones below `prefix`, and cannot be read.
            guard !rest.contains("//") else {
                throw refuse(
                    "it has an empty part (//); such keys are not read",
                    "write s3://\([bucket, prefix].filter { !$0.isEmpty }.joined(separator: "/")), or copy the objects to keys without //")
            }
            if !prefix.isEmpty { try ObjectKey.validate(prefix, location: text) }
            self = .bucket(bucket, prefix: prefix)
        } else if let scheme = text.range(of: "://") {
            throw refuse("'\(text[..<scheme.lowerBound])' is not a kind of store", forms)
        } else {
            self = .folder(Self.absolute(text))
        }
    }

    /// The address in the form that `init(parsing:)` reads.
    public var description: String {
        switch self {
        case .folder(let path):
            // Only what would be read otherwise is escaped: the address is for people too.
            "file://" + path.replacingOccurrences(of: "%", with: "%25")
        case .bucket(let bucket, let prefix):
            prefix.isEmpty ? "s3://\(bucket)" : "s3://\(bucket)/\(prefix)"
        }
    }

    /// Opens the store at this address.
    /// - Parameters:
    ///   - creating: whether a folder that is not there is made. A bucket is not.
    ///   - environment: says how S3 is reached (docs/configuration.md).
    /// - Throws: `.notFound`, `.permissionDenied`; for S3 `.unauthorized` and `.invalidLocation`, when the settings cannot be.
    ///   A bucket is asked nothing yet.
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

    /// Bytes of memory that reading or writing one object takes at a time: pieces that are under way to or from a bucket, as
    /// they are sent and as they are kept.
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
            // As a shell's cd does: a path that climbs over a symbolic link comes back to where it was written.
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
