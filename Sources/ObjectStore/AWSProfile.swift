internal import Foundation

/// One profile of the files that the AWS programs share: `~/.aws/credentials` and `~/.aws/config`
/// (https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html).
package struct AWSProfile: Sendable {
    /// `AWS_PROFILE`, or `default`.
    package let name: String
    private var values: [String: String] = [:]

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
        var isFound = false
        // The credentials file goes over the other one.
        for (path, section) in [(config, name == "default" ? name : "profile \(name)"), (credentials, name)] {
            guard let found = Self.sections(of: try Self.text(path, location: location))[section] else { continue }
            isFound = true
            values.merge(found) { $1 }
        }
        guard isFound || named == nil else {
            throw StoreError(
                .unauthorized, location: location, "AWS_PROFILE names '\(name)', which is neither in \(credentials) nor in \(config)",
                remedy: "correct AWS_PROFILE, or add the profile")
        }
    }

    private static func text(_ path: String, location: String) throws(StoreError) -> String {
        // Nor is /dev/null, which says that there is none.
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return "" }
        let file = try FileDescriptor(reading: path, location: path, key: "")
        let size = try file.status().size
        guard size <= sizeLimit, let text = String(validating: try file.read(0..<size), as: UTF8.self) else {
            throw StoreError(
                .unauthorized, location: location, "\(path) is not a file of profiles: it is no UTF-8 text of at most 1 MiB",
                remedy: "correct it, or name another with AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE")
        }
        return text
    }

    /// Settings by section. Indented lines belong to the setting above them that has no value of its own.
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
            let value = trimmed[trimmed.index(after: equals)...].trimmingCharacters(in: .whitespaces)
            if line.first?.isWhitespace == true {
                if !group.isEmpty, !value.isEmpty { sections[section]?["\(group).\(key)"] = value }
            } else {
                group = value.isEmpty ? key : ""
                if !value.isEmpty { sections[section]?[key] = value }
            }
        }
        return sections
    }
}
