import Digests
package import Foundation
import Networking

/// AWS signatures, version 4, in header fields
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
package struct S3Signature: Sendable {
    let credentials: S3Credentials
    let region: String

    package init(credentials: S3Credentials, region: String) {
        self.credentials = credentials
        self.region = region
    }

    /// Returns the header fields that authenticate a request and protect it against changes.
    /// - Parameters:
    ///   - path: percent-encoded path.
    ///   - query: names and values, not encoded.
    ///   - fields: all fields to sign, including `Host`, without the fields that are returned.
    ///   - payloadSHA256: SHA-256 of the body, as 64 hexadecimal digits.
    package func sign(
        method: String, path: String, query: [(name: String, value: String)], fields: [(name: String, value: String)],
        payloadSHA256: String, date: Date
    ) -> [(name: String, value: String)] {
        let time = Self.time(date)
        let day = String(time.prefix(8))
        var added = [(name: "x-amz-content-sha256", value: payloadSHA256), (name: "x-amz-date", value: time)]
        if let token = credentials.sessionToken { added.append(("x-amz-security-token", token.exposed)) }
        let signed = (fields + added)
            .map { (name: $0.name.lowercased(), value: $0.value.trimmingCharacters(in: .whitespaces)) }
            .sorted { $0.name < $1.name }
        let names = signed.map(\.name).joined(separator: ";")
        let canonical = [
            method, path, Self.canonicalQuery(query), signed.map { "\($0.name):\($0.value)\n" }.joined(), names, payloadSHA256,
        ].joined(separator: "\n")
        let scope = "\(day)/\(region)/s3/aws4_request"
        let text = "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n\(ContentDigest.sha256(of: Array(canonical.utf8)))"
        var key = Array("AWS4\(credentials.secretKey.exposed)".utf8)
        for part in [day, region, "s3", "aws4_request"] {
            key = Digest.hmacSHA256(of: Array(part.utf8), key: key).bytes
        }
        let signature = Digest.hmacSHA256(of: Array(text.utf8), key: key).hexadecimal
        added.append(
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope),SignedHeaders=\(names),Signature=\(signature)"
            ))
        return added
    }

    /// Encoded names and values in byte order, as signed and as sent.
    static func canonicalQuery(_ query: [(name: String, value: String)]) -> String {
        query.map { (S3Address.encoded($0.name), S3Address.encoded($0.value)) }.sorted { $0 < $1 }
            .map { "\($0)=\($1)" }.joined(separator: "&")
    }

    /// `20130524T000000Z`.
    private static func time(_ date: Date) -> String {
        date.formatted(
            Date.ISO8601FormatStyle(dateSeparator: .omitted, dateTimeSeparator: .standard, timeSeparator: .omitted))
    }
}
