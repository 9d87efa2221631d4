internal import Foundation

/// Where a bucket is on the network, and the addresses of its objects.
package struct S3Address: Sendable, Hashable {
    /// `http` or `https`.
    package let scheme: String
    /// As the field `Host` has it, with the port when it is not the scheme's own.
    let host: String
    /// What goes before every key: `/` and, with path-style addresses, the bucket.
    let basePath: String

    /// - Parameters:
    ///   - endpoint: the server's address, `http://host:port` or `https://…`; that of AWS when `nil`.
    ///   - isPathStyle: whether the bucket is part of the path (`host/bucket/key`) or of the name (`bucket.host/key`).
    /// - Throws: `StoreError` with code `.invalidLocation` when the endpoint is no such address.
    package init(endpoint: String?, region: String, bucket: String, isPathStyle: Bool) throws(StoreError) {
        let text = endpoint ?? "https://s3.\(region).amazonaws.com"
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let name = parts.host, !name.isEmpty, parts.user == nil,
            parts.query == nil, parts.fragment == nil
        else {
            throw StoreError(
                .invalidLocation, location: "s3://\(bucket)", "the endpoint '\(Self.shown(text))' is not an address of a server",
                remedy: "set AWS_ENDPOINT_URL_S3 to http://host:port or https://host")
        }
        self.scheme = scheme
        let ownPort = scheme == "http" ? 80 : 443
        let port = parts.port.flatMap { $0 == ownPort ? nil : ":\($0)" } ?? ""
        host = (isPathStyle ? name : "\(bucket).\(name)") + port
        let path = parts.percentEncodedPath.hasSuffix("/") ? String(parts.percentEncodedPath.dropLast()) : parts.percentEncodedPath
        basePath = isPathStyle ? "\(path)/\(bucket)" : path
    }

    /// The path of an object, encoded as it is sent and signed; of the bucket when `nil`.
    package func path(_ key: String?) -> String {
        guard let key else { return basePath.isEmpty ? "/" : basePath }
        return basePath + "/" + key.split(separator: "/", omittingEmptySubsequences: false).map { Self.encoded(String($0)) }
            .joined(separator: "/")
    }

    package var server: String { "\(scheme)://\(host)" }

    /// Percent-encodes all but the unreserved characters (RFC 3986, 2.3), as signatures of version 4 demand.
    static func encoded(_ text: String) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.append(byte)
            default:
                result.append(UInt8(ascii: "%"))
                for digit in [byte >> 4, byte & 15] {
                    result.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
                }
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// An address without credentials that someone may have put there.
    private static func shown(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@") else { return text }
        return "…" + text[at...]
    }
}
