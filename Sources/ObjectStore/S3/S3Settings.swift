internal import Foundation
internal import Networking

/// How S3 is reached, by the variables and files that the AWS programs share, and two of Tapedeck's own. The table for
/// people is docs/configuration.md.
package struct S3Settings: Sendable {
    /// The server, with its scheme; AWS when `nil`.
    package var endpoint: String?
    package var region: String
    /// Whether the bucket is part of the path: the rule with servers of one's own, which seldom have a name for every
    /// bucket.
    package var isPathStyle: Bool
    /// A file of certificates in PEM form that the server's is checked against, in the place of the system's.
    package var certificates: String?
    /// Whether requests go without a signature, as public buckets take them.
    package var isAnonymous: Bool
    /// The folder of the disk cache.
    package var cacheFolder: String
    /// Bytes that the disk cache may hold.
    package var cacheLimit: Int
    package var transfer = S3Transfer()
    /// Credentials and proxies are looked up when they are needed.
    package let environment: [String: String]

    /// Bytes of the disk cache where nothing else is said.
    package static let defaultCacheLimit = 20 << 30

    /// - Throws: `StoreError` with code `.invalidLocation` for a setting that is none, `.unauthorized` for a profile that
    ///   cannot be read.
    package init(environment: [String: String], location: String) throws(StoreError) {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        func refuse(_ name: String, _ value: String, _ remedy: String) -> StoreError {
            StoreError(.invalidLocation, location: location, "\(name) is '\(value)'", remedy: remedy)
        }
        let profile = try AWSProfile(environment: environment, location: location)
        switch (variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") ?? profile["ignore_configured_endpoint_urls"])?.lowercased() {
        case "true", "1": endpoint = nil
        case "false", "0", nil:
            let named =
                if let url = variable("AWS_ENDPOINT_URL_S3") ?? variable("AWS_ENDPOINT_URL") {
                    url
                } else {
                    try profile.endpoint(location: location)
                }
            endpoint = named.map(S3Address.withScheme)
        case let other?: throw refuse("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", other, "set it to true or false")
        }
        region = variable("AWS_REGION") ?? variable("AWS_DEFAULT_REGION") ?? profile["region"] ?? "us-east-1"
        guard region.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }) else {
            throw refuse("the region", region, "name one such as us-east-1 with AWS_REGION")
        }
        certificates = variable("AWS_CA_BUNDLE") ?? profile["ca_bundle"]
        switch (variable("TAPEDECK_S3_PATH_STYLE") ?? profile["s3.addressing_style"])?.lowercased() {
        case "true", "1", "path": isPathStyle = true
        case "false", "0", "virtual": isPathStyle = false
        case nil, "auto": isPathStyle = endpoint != nil
        case let other?: throw refuse("TAPEDECK_S3_PATH_STYLE", other, "set it to true or false")
        }
        switch variable("TAPEDECK_S3_ANONYMOUS")?.lowercased() {
        case "true", "1": isAnonymous = true
        case "false", "0", nil: isAnonymous = false
        case let other?: throw refuse("TAPEDECK_S3_ANONYMOUS", other, "set it to true or false")
        }
        let home = variable("HOME") ?? NSTemporaryDirectory()
        cacheFolder = StoreLocation.absolute(
            variable("TAPEDECK_CACHE") ?? (variable("XDG_CACHE_HOME") ?? home + "/.cache") + "/tapedeck/objects")
        cacheLimit = Self.defaultCacheLimit
        if let text = variable("TAPEDECK_CACHE_SIZE") {
            guard let size = ByteCount(text) else { throw refuse("TAPEDECK_CACHE_SIZE", text, ByteCount.remedy) }
            cacheLimit = size.bytes
        }
        self.environment = environment
    }
}

/// How much is asked of a server at a time, and for how long it is tried.
package struct S3Transfer: Sendable, Hashable {
    /// Bytes of a piece that is read. With `parallelism`, the memory that one object takes.
    package var pieceSize = 8 << 20
    /// Bytes of a part that is written; S3 takes none under 5 MiB but the last one.
    package var partSize = 8 << 20
    /// Pieces of an object under way at a time.
    package var parallelism = 4
    /// Times that a request is tried.
    package var attempts = 10
    /// Times that it is while no server was reached yet: a wrong address is told soon.
    package var firstAttempts = 3
    /// What is waited after the first failure; twice as long after each further one, up to `longestDelay`.
    package var delay: Duration = .milliseconds(100)
    package var longestDelay: Duration = .seconds(10)
    /// Time without a byte after which a request is given up.
    package var silence: Duration = .seconds(30)
    /// Time after which a lock that was not renewed is another's to take.
    package var lockExpiry: Duration = .seconds(60)

    package init() {}

    /// How long to wait after so many failures in a row; at random by up to a half less, so that those whom one failure
    /// has met do not come back all at once.
    func delay(afterFailures count: Int, requested: Duration?) -> Duration {
        if let requested { return min(requested, longestDelay) }
        return min(delay * (1 << min(count - 1, 16)), longestDelay) * Double.random(in: 0.5...1)
    }
}
