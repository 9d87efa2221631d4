internal import Foundation

/// An HTTP proxy, as the environment names it.
package struct HTTPProxy: Sendable, Hashable {
    package let host: String
    package let port: Int
    /// `user:password`.
    package let credentials: Secret?

    /// The proxy for an address, from `HTTPS_PROXY` or `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` in either case; `nil` when
    /// the address is reached without one.
    package init?(for address: String, environment: [String: String]) {
        func variable(_ name: String) -> String? {
            [environment[name], environment[name.uppercased()]].compactMap { $0 }.first { !$0.isEmpty }
        }
        guard let url = URLComponents(string: address), let host = url.host?.lowercased() else { return nil }
        for pattern in (variable("no_proxy") ?? "").split(separator: ",") {
            let pattern = pattern.filter { !$0.isWhitespace }.lowercased()
            let suffix = pattern.hasPrefix(".") ? pattern : "." + pattern
            if pattern == "*" || host == pattern || host.hasSuffix(suffix) { return nil }
        }
        guard let text = variable(url.scheme == "http" ? "http_proxy" : "https_proxy") ?? variable("all_proxy"),
            let parts = URLComponents(string: text.contains("://") ? text : "http://" + text), let proxyHost = parts.host
        else { return nil }
        self.host = proxyHost
        port = parts.port ?? (parts.scheme == "https" ? 443 : 80)
        credentials = parts.user.map { Secret($0 + ":" + (parts.password ?? "")) }
    }
}
