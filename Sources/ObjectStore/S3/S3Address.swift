import Foundation

/// Network address of a bucket and its objects.
package struct S3Address: Sendable, Hashable {
    /// `http` or `https`.
    package let scheme: String
    /// Value of the `Host` field, including the port if it is not the scheme's default.
    let host: String
    /// Path before the slash of every key; with path-style addresses, a slash and the bucket.
    let basePath: String

    /// - Parameters:
    ///   - endpoint: server address, `http://host:port` or `https://…`, or without a scheme as `withScheme` accepts it;
    ///     `nil` for AWS.
    ///   - isPathStyle: whether the bucket is part of the path (`host/bucket/key`) or of the host name (`bucket.host/key`).
    /// - Throws: `StoreError` with code `.invalidLocation` when the endpoint is not such an address, or has a path.
    package init(endpoint: String?, region: String, bucket: String, isPathStyle: Bool) throws(StoreError) {
        let text = endpoint.map(Self.withScheme) ?? "https://s3.\(region).amazonaws.com"
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let name = parts.host, !name.isEmpty, parts.user == nil,
            parts.query == nil, parts.fragment == nil
        else {
            throw StoreError(
                .invalidLocation, location: "s3://\(bucket)", "the endpoint '\(Self.shown(text))' is not the address of a server",
                remedy: "set AWS_ENDPOINT_URL_S3 to http://host:port or https://host")
        }
        self.scheme = scheme
        let ownPort = scheme == "http" ? 80 : 443
        let port = parts.port.flatMap { $0 == ownPort ? nil : ":\($0)" } ?? ""
        host = (isPathStyle ? name : "\(bucket).\(name)") + port
        basePath = isPathStyle ? "/\(bucket)" : ""
        try Self.requireNoPath(parts.percentEncodedPath, of: "\(scheme)://\(name)\(port)", bucket: bucket)
    }

    /// The server would take the first part of the path as the bucket.
    private static func requireNoPath(_ path: String, of server: String, bucket: String) throws(StoreError) {
        let names = path.split(separator: "/")
        guard !names.isEmpty else { return }
        let isBucket = names.last.map(String.init) == bucket
        throw StoreError(
            .invalidLocation, location: "s3://\(bucket)",
            "the endpoint '\(server)\(path)' has the path '\(path)'"
                + (isBucket ? ", which names the bucket; s3://\(bucket) names it already" : ", and an endpoint is a server alone"),
            remedy: "set AWS_ENDPOINT_URL_S3 (or endpoint_url of the profile) to \(server)")
    }

    /// Adds a scheme to an endpoint without one: `http` for this machine or its network (a loopback or private address, or a
    /// name without a dot) unless the port is that of HTTPS, and `https` otherwise.
    package static func withScheme(_ endpoint: String) -> String {
        guard !endpoint.contains("://"), let parts = URLComponents(string: "http://" + endpoint), let host = parts.host else {
            return endpoint
        }
        let isSecure = [443, 8443].contains(parts.port) || !isNearby(host.lowercased().filter { $0 != "[" && $0 != "]" })
        return (isSecure ? "https://" : "http://") + endpoint
    }

    private static func isNearby(_ host: String) -> Bool {
        if host.contains(":") {
            // Loopback, unique local (fc00::/7) and link-local (fe80::/10) addresses.
            return host == "::1" || ["fc", "fd", "fe8", "fe9", "fea", "feb"].contains { host.hasPrefix($0) }
        }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard numbers.count == 4, let first = numbers[0], let second = numbers[1], numbers[2] != nil, numbers[3] != nil else {
            return !host.contains(".") || host.hasSuffix(".localhost")
        }
        switch first {
        case 10, 127: return true
        case 169: return second == 254
        case 172: return (16...31).contains(second)
        case 192: return second == 168
        default: return false
        }
    }

    /// Path of an object, encoded as it is sent and signed; path of the bucket when `nil`.
    package func path(_ key: String?) -> String {
        guard let key else { return basePath.isEmpty ? "/" : basePath }
        return basePath + "/"
            + key.split(separator: "/", omittingEmptySubsequences: false).map { Self.encoded(String($0)) }
            .joined(separator: "/")
    }

    package var server: String { "\(scheme)://\(host)" }

    /// Percent-encodes all but the unreserved characters (RFC 3986, 2.3), as required by version 4 signatures.
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

    /// An address with any credentials removed, for messages.
    private static func shown(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@") else { return text }
        return "…" + text[at...]
    }
}
