#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
import ModelFiles

/// What the environment says of reaching the Hugging Face hub and the Python package index.
struct NetworkSettings: Sendable {
    /// `HF_ENDPOINT`, without a trailing slash.
    let hubEndpoint: String
    /// `HF_TOKEN`, or the token that `hf auth login` left in `HF_TOKEN_PATH` or `HF_HOME`/token.
    let hubToken: Secret?
    /// Whether `HF_HUB_OFFLINE` forbids the network.
    let isOffline: Bool
    /// `PIP_INDEX_URL`, the root of a simple index (PEP 503), without a trailing slash and without credentials.
    let packageIndex: String
    /// The credentials of `PIP_INDEX_URL`, `user:password`.
    let packageIndexCredentials: Secret?
    private let environment: [String: String]

    init(environment: [String: String]) {
        func withoutSlash(_ text: String) -> String { text.hasSuffix("/") ? String(text.dropLast()) : text }
        self.environment = environment
        hubEndpoint = withoutSlash(environment.nonEmpty("HF_ENDPOINT") ?? "https://huggingface.co")
        isOffline = ["1", "true", "yes", "on"].contains(environment["HF_HUB_OFFLINE"]?.lowercased() ?? "")
        let tokenPath =
            environment.nonEmpty("HF_TOKEN_PATH")
            ?? (environment.nonEmpty("HF_HOME") ?? cacheHome(environment) + "/huggingface") + "/token"
        hubToken = (environment.nonEmpty("HF_TOKEN") ?? (try? String(contentsOfFile: tokenPath, encoding: .utf8)))
            .map { $0.filter { !$0.isWhitespace } }.flatMap { $0.isEmpty ? nil : Secret($0) }
        var index = withoutSlash(environment.nonEmpty("PIP_INDEX_URL") ?? "https://pypi.org/simple")
        var credentials: Secret?
        if var parts = URLComponents(string: index), let user = parts.user {
            credentials = Secret(user + ":" + (parts.password ?? ""))
            parts.user = nil
            parts.password = nil
            index = parts.string ?? index
        }
        packageIndex = index
        packageIndexCredentials = credentials
    }

    /// An HTTP proxy.
    struct Proxy: Equatable {
        let host: String
        let port: Int
        /// `user:password`.
        let credentials: String?
    }

    /// The proxy for an address, from `HTTPS_PROXY` or `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` in either case.
    func proxy(for address: String) -> Proxy? {
        func variable(_ name: String) -> String? {
            environment.nonEmpty(name) ?? environment.nonEmpty(name.uppercased())
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
        return Proxy(
            host: proxyHost, port: parts.port ?? (parts.scheme == "https" ? 443 : 80),
            credentials: parts.user.map { $0 + ":" + (parts.password ?? "") })
    }
}
