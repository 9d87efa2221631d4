import Base
import Foundation

/// A profile of the files that AWS tools share: `~/.aws/credentials` and `~/.aws/config`
/// (https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html).
package struct AWSProfile: Sendable {
    /// Name of the profile: `AWS_PROFILE`, or `default`.
    package let name: String
    private var values: [String: String] = [:]
    /// The `services` section that the profile names; `nil` if it does not exist.
    private let services: [String: String]?
    /// The file that contains `services` sections.
    private let configFile: String

    /// Size limit in bytes; a larger file is not an AWS settings file.
    private static let sizeLimit = 1 << 20

    /// A setting; settings nested under `s3 =` have names such as `s3.endpoint_url`.
    package subscript(_ key: String) -> String? { values[key] }

    /// - Throws: `StoreError` with code `.unauthorized` when `AWS_PROFILE` names a profile that neither file contains, or a
    ///   file cannot be read.
    package init(environment: [String: String], location: String) throws(StoreError) {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let named = variable("AWS_PROFILE")
        name = named ?? "default"
        let home = variable("HOME") ?? "/"
        let config = variable("AWS_CONFIG_FILE") ?? home + "/.aws/config"
        let credentials = variable("AWS_SHARED_CREDENTIALS_FILE") ?? home + "/.aws/credentials"
        let shared = Self.sections(of: try Self.text(config, location: location))
        let own = Self.sections(of: try Self.text(credentials, location: location))
        // The credentials file takes precedence.
        let found = [shared[name == "default" ? name : "profile \(name)"], own[name]].compactMap(\.self)
        for section in found { values.merge(section) { $1 } }
        guard !found.isEmpty || named == nil else {
            throw StoreError(
                .unauthorized, location: location, "AWS_PROFILE names '\(name)', which is neither in \(credentials) nor in \(config)",
                remedy: "correct AWS_PROFILE, or add the profile")
        }
        services = values["services"].flatMap { shared["services \($0)"] }
        configFile = config
    }

    /// The S3 endpoint of the profile: that of its `services` section takes precedence over its own setting.
    /// - Throws: `StoreError` with code `.unauthorized` when that section does not exist. Ignoring it would send requests
    ///   meant for a private server to AWS.
    package func endpoint(location: String) throws(StoreError) -> String? {
        if let section = values["services"], services == nil {
            throw StoreError(
                .unauthorized, location: location,
                "the profile '\(name)' names the services section '\(section)', which is not in \(configFile)",
                remedy: "add [services \(section)] there, or remove the line 'services' from the profile")
        }
        return services?["s3.endpoint_url"] ?? values["s3.endpoint_url"] ?? values["endpoint_url"]
    }

    private static func text(_ path: String, location: String) throws(StoreError) -> String {
        // /dev/null is not a regular file either; it is used to say that there is no file.
        guard FileSystem.isFile(path) else { return "" }
        let file = try ObjectFile(path, location: path), size = file.size
        guard size <= sizeLimit, let text = String(validating: try file.read(0..<size), as: UTF8.self) else {
            throw StoreError(
                .unauthorized, location: location, "\(path) is not a file of profiles: it is no UTF-8 text of at most 1 MiB",
                remedy: "correct it, or name another with AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE")
        }
        return text
    }

    /// Settings by section. Indented lines belong to the nearest setting above them that has no value of its own. A comment
    /// starts with `#` or `;` at the start of a line or after a blank.
    package static func sections(of text: String) -> [String: [String: String]] {
        var sections: [String: [String: String]] = [:]
        var section: String?
        var group = ""
        for line in text.split(whereSeparator: \.isNewline) {
            let trimmed = line.trimmingCharacters(in: .whitespaces)
            guard !trimmed.isEmpty, !trimmed.hasPrefix("#"), !trimmed.hasPrefix(";") else { continue }
            if trimmed.hasPrefix("["), let end = trimmed.firstIndex(of: "]") {
                // `[profile  name]` is equivalent to `[profile name]`.
                section = trimmed[trimmed.index(after: trimmed.startIndex)..<end].split(whereSeparator: \.isWhitespace)
                    .joined(separator: " ")
                group = ""
                if let section { sections[section, default: [:]] = sections[section] ?? [:] }
                continue
            }
            guard let section, let equals = trimmed.firstIndex(of: "=") else { continue }
            let key = trimmed[..<equals].trimmingCharacters(in: .whitespaces).lowercased()
            let value = Self.value(of: key, trimmed[trimmed.index(after: equals)...])
            if line.first?.isWhitespace == true {
                if !group.isEmpty, !value.isEmpty { sections[section]?["\(group).\(key)"] = value }
            } else {
                group = value.isEmpty ? key : ""
                if !value.isEmpty { sections[section]?[key] = value }
            }
        }
        return sections
    }

    /// The text after the equals sign, without a comment. A secret may start with a comment character: private servers
    /// accept any password.
    private static func value(of key: String, _ text: Substring) -> String {
        var end = text.endIndex
        for place in text.indices where text[place] == "#" || text[place] == ";" {
            let before = text[..<place]
            guard before.last?.isWhitespace ?? !key.hasPrefix("aws_"),
                !key.hasPrefix("aws_") || before.contains(where: { !$0.isWhitespace })
            else { continue }
            end = place
            break
        }
        return text[..<end].trimmingCharacters(in: .whitespaces)
    }
}
