#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
import ModelFiles
import Networking

/// The environment's settings for the Hugging Face hub and the Python package index.
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

    /// The proxy for an address.
    func proxy(for address: String) -> HTTPProxy? { HTTPProxy(for: address, environment: environment) }
}
