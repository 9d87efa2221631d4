import Foundation

/// An HTTP proxy from the environment.
package struct HTTPProxy: Sendable, Hashable {
    package let host: String
    package let port: Int
    /// `user:password`.
    package let credentials: Secret?

    /// `http://host:port`.
    package var address: String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// The proxy for an address, from `HTTPS_PROXY` or `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` in upper or lower case; `nil`
    /// if the address is reached without one. A pattern of `NO_PROXY` is `*`, a host or the end of its name, an IP address, or
    /// a range of those in CIDR form; each may end with a port.
    package init?(for address: String, environment: [String: String]) {
        func variable(_ name: String) -> String? {
            [environment[name], environment[name.uppercased()]].compactMap { $0 }.first { !$0.isEmpty }
        }
        guard let url = URLComponents(string: address), let host = url.host?.lowercased() else { return nil }
        let port = url.port ?? (url.scheme == "http" ? 80 : 443)
        for pattern in (variable("no_proxy") ?? "").split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            if Self.matches(pattern.lowercased(), host: host.trimmingCharacters(in: ["[", "]"]), port: port) { return nil }
        }
        guard let text = variable(url.scheme == "http" ? "http_proxy" : "https_proxy") ?? variable("all_proxy"),
            let parts = URLComponents(string: text.contains("://") ? text : "http://" + text), let proxyHost = parts.host
        else { return nil }
        self.host = proxyHost.trimmingCharacters(in: ["[", "]"])
        self.port = parts.port ?? (parts.scheme == "https" ? 443 : 80)
        credentials = parts.user.map { Secret($0 + ":" + (parts.password ?? "")) }
    }

    private static func matches(_ pattern: String, host: String, port: Int) -> Bool {
        var name = pattern
        // A port; a bare IPv6 address has none.
        if let colon = pattern.lastIndex(of: ":"), let wanted = Int(pattern[pattern.index(after: colon)...]),
            pattern.hasPrefix("[") ? pattern[..<colon].hasSuffix("]") : pattern.firstIndex(of: ":") == colon
        {
            guard wanted == port else { return false }
            name = String(pattern[..<colon])
        }
        name = name.trimmingCharacters(in: ["[", "]"])
        if name == "*" { return true }
        if let bytes = address(host) {
            let parts = name.split(separator: "/", maxSplits: 1)
            guard let network = parts.first.flatMap({ address(String($0)) }), network.count == bytes.count else { return false }
            guard parts.count == 2 else { return network == bytes }
            guard let length = Int(parts[1]), (0...8 * bytes.count).contains(length) else { return false }
            return zip(bytes, network).enumerated().allSatisfy { place, pair in
                let bits = min(max(length - 8 * place, 0), 8)
                return (pair.0 ^ pair.1) >> (8 - bits) == 0
            }
        }
        if name.hasPrefix("*") { name.removeFirst() }
        let suffix = name.hasPrefix(".") ? name : "." + name
        return !name.isEmpty && (host == name || host.hasSuffix(suffix) || "." + host == suffix)
    }

    /// The bytes of an IP address, 4 or 16; `nil` for a name.
    private static func address(_ text: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes[..<4]) }
        return inet_pton(AF_INET6, text, &bytes) == 1 ? bytes : nil
    }
}
