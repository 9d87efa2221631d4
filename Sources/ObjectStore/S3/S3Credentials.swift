import Foundation
package import Networking

/// Credentials for an S3 server.
package struct S3Credentials: Sendable, Hashable {
    package let accessKeyID: String
    package let secretKey: Secret
    /// Token of temporary credentials.
    package let sessionToken: Secret?

    package init(accessKeyID: String, secretKey: Secret, sessionToken: Secret? = nil) {
        self.accessKeyID = accessKeyID
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }

    private static let remedy =
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or keep them in ~/.aws/credentials (AWS_PROFILE names the section)"

    /// Reads credentials from the environment, or else from the profile, which other programs may renew in the meantime.
    /// - Throws: `StoreError` with code `.unauthorized` when credentials are missing or incomplete.
    static func read(environment: [String: String], location: String) throws(StoreError) -> S3Credentials {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        func refuse(_ message: String) -> StoreError {
            StoreError(.unauthorized, location: location, message, remedy: remedy)
        }
        let id = variable("AWS_ACCESS_KEY_ID")
        let secret = variable("AWS_SECRET_ACCESS_KEY")
        if let id, let secret {
            return S3Credentials(
                accessKeyID: id, secretKey: Secret(secret), sessionToken: variable("AWS_SESSION_TOKEN").map { Secret($0) })
        }
        guard id == nil, secret == nil else {
            throw refuse(
                "the credentials are incomplete: \(id == nil ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY") is not set")
        }
        let profile = try AWSProfile(environment: environment, location: location)
        if let id = profile["aws_access_key_id"], let secret = profile["aws_secret_access_key"] {
            return S3Credentials(
                accessKeyID: id, secretKey: Secret(secret), sessionToken: profile["aws_session_token"].map { Secret($0) })
        }
        for way in ["role_arn", "sso_session", "sso_start_url", "credential_process", "login_session"] where profile[way] != nil {
            throw refuse(
                "the profile '\(profile.name)' gets its credentials by \(way), which Tapedeck does not support; "
                    + "run `eval \"$(aws configure export-credentials --format env)\"` first")
        }
        throw refuse("there are no credentials for S3, neither in the environment nor in the profile '\(profile.name)'")
    }
}
