internal import Base
internal import Foundation

/// One profile of the files that the AWS programs share: `~/.aws/credentials` and `~/.aws/config`
/// (https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html).
package struct AWSProfile: Sendable {
    /// `AWS_PROFILE`, or `default`.
    package let name: String
    private var values: [String: String] = [:]
    /// The `services` section that the profile names; `nil` when there is no such section.
    private let services: [String: String]?
    /// The file that has `services` sections.
    private let configFile: String

    /// No such file is larger; a larger one is something else.
    private static let sizeLimit = 1 << 20

    /// A setting; those below `s3 =` by names such as `s3.endpoint_url`.
    package subscript(_ key: String) -> String? { values[key] }

    /// - Throws: `StoreError` with code `.unauthorized` when `AWS_PROFILE` names a profile that neither file has, and when
    ///   a file cannot be read.
    package init(environment: [String: String], location: String) throws(StoreError) {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let named = variable("AWS_PROFILE")
        name = named ?? "default"
        let home = variable("HOME") ?? "/"
        let config = variable("AWS_CONFIG_FILE") ?? home + "/.aws/config"
        let credentials = variable("AWS_SHARED_CREDENTIALS_FILE") ?? home + "/.aws/credentials"
        let shared = Self.sections(of: try Self.text(config, location: location))
        let own = Self.sections(of: try Self.text(credentials, location: location))
        // The credentials file goes over the other one.
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

    /// The server of S3 that the profile names: that of its `services` section goes over those of its own.
    /// - Throws: `StoreError` with code `.unauthorized` when there is no section of that name. Without it, requests meant for
    ///   a server of one's own would go to AWS.
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
        // Nor is /dev/null, which says that there is none.
        guard FileSystem.isFile(path) else { return "" }
        let file = try ObjectFile(path, location: path), size = file.size
        guard size <= sizeLimit, let text = String(validating: try file.read(0..<size), as: UTF8.self) else {
            throw StoreError(
                .unauthorized, location: location, "\(path) is not a file of profiles: it is no UTF-8 text of at most 1 MiB",
                remedy: "correct it, or name another with AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE")
        }
        return text
    }

    /// Settings by section. Indented lines belong to the setting above them that has no value of its own. A comment begins
    /// with `#` or `;` at the start of a line or after a blank.
    package static func sections(of text: String) -> [String: [String: String]] {
        var sections: [String: [String: String]] = [:]
        var section: String?
        var group = ""
        for line in text.split(whereSeparator: \.isNewline) {
            let trimmed = line.trimmingCharacters(in: .whitespaces)
            guard !trimmed.isEmpty, !trimmed.hasPrefix("#"), !trimmed.hasPrefix(";") else { continue }
            if trimmed.hasPrefix("["), let end = trimmed.firstIndex(of: "]") {
                // `[profile  name]` is as good as `[profile name]`.
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

    /// What follows the equals sign, without a comment. A secret may begin with the sign of a comment: servers of one's own
    /// take any password.
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
