import Foundation
import Networking

/// S3 settings, from the variables and files that AWS tools share and two variables of Tapedeck's own. docs/configuration.md
/// documents them.
package struct S3Settings: Sendable {
    /// Server with scheme; `nil` for AWS.
    package var endpoint: String?
    package var region: String
    /// Whether the bucket is part of the path: the default for private servers, which seldom have a host name for every
    /// bucket.
    package var isPathStyle: Bool
    /// PEM file of the certificates to trust, instead of the system's.
    package var certificates: String?
    /// Whether requests are unsigned, as for public buckets.
    package var isAnonymous: Bool
    /// Folder of the disk cache.
    package var cacheFolder: String
    /// Size limit of the disk cache, in bytes.
    package var cacheLimit: Int
    package var transfer = S3Transfer()
    /// Used to look up credentials and proxies when they are needed.
    package let environment: [String: String]

    /// - Throws: `StoreError` with code `.invalidLocation` for an invalid setting, `.unauthorized` for a profile that cannot
    ///   be read.
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
        let cache = try DiskCache.Settings(environment: environment, location: location)
        (cacheFolder, cacheLimit) = (cache.folder, cache.limit)
        self.environment = environment
    }
}

/// Limits of parallelism, retries and timeouts.
package struct S3Transfer: Sendable, Hashable {
    /// Bytes per piece read. `pieceSize` times `parallelism` is the memory used per object.
    package var pieceSize = 8 << 20
    /// Bytes per part written; S3 accepts parts under 5 MiB only at the end.
    package var partSize = 8 << 20
    /// Number of pieces of an object in transfer at a time.
    package var parallelism = 4
    /// Maximum number of attempts per request.
    package var attempts = 10
    /// Maximum number of attempts until a server has been reached, so that a wrong address is reported soon.
    package var firstAttempts = 3
    /// Delay after the first failure; it doubles after each further failure, up to `longestDelay`.
    package var delay: Duration = .milliseconds(100)
    package var longestDelay: Duration = .seconds(10)
    /// Time without data after which a request is abandoned.
    package var silence: Duration = .seconds(30)
    /// Time without renewal after which another writer may take a lock.
    package var lockExpiry: Duration = .seconds(60)

    package init() {}

    /// Delay after `count` consecutive failures. It is randomly shortened by up to a half, so that clients that failed
    /// together do not all return at once.
    func delay(afterFailures count: Int, requested: Duration?) -> Duration {
        if let requested { return min(requested, longestDelay) }
        return min(delay * (1 << min(count - 1, 16)), longestDelay) * Double.random(in: 0.5...1)
    }
}
