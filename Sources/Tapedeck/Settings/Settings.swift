import Foundation

/// The settings outside the command line: environment variables override `tapedeck.yaml`, and a flag overrides both.
/// docs/configuration.md lists them.
package struct Settings: Sendable {
    private var values: [Setting: String] = [:]
    /// The variables for opening S3 stores: those of the process, and the S3 settings of the settings file.
    package private(set) var environment: [String: String]
    /// The settings file, which need not exist.
    package let file: String

    /// No settings: defaults alone.
    package init() { (environment, file) = ([:], "tapedeck.yaml") }

    /// - Throws: `SettingsError` naming the variable, or the file, line and key at fault.
    package init(environment: [String: String]) throws(SettingsError) {
        self.environment = environment
        let named = environment["TAPEDECK_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        file = named ?? "tapedeck.yaml"
        if let found = try SettingsFile.read(file, isOptional: named == nil) { values = found }
        for setting in Setting.allCases where setting != .s3Endpoint || !Self.ignoresEndpoints(environment) {
            guard let variable = setting.variable, let value = environment[variable], !value.isEmpty else { continue }
            do throws(SettingsError) {
                values[setting] = try setting.checked(value)
            } catch {
                throw SettingsError("the environment variable \(variable) \(error)")
            }
        }
        addToEnvironment()
    }

    /// Whether to ignore S3 endpoints in the variables and profiles of the AWS programs. The settings file may still name one.
    private static func ignoresEndpoints(_ environment: [String: String]) -> Bool {
        ["true", "1"].contains(environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", default: ""].lowercased())
    }

    private mutating func addToEnvironment() {
        if values[.s3Endpoint] != nil, Self.ignoresEndpoints(environment) {
            for name in ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"] { environment[name] = nil }
            environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "false"
        }
        for (setting, others) in Setting.environmental {
            guard let variable = setting.variable, let value = values[setting],
                others.allSatisfy({ environment[$0, default: ""].isEmpty }), environment[variable, default: ""].isEmpty
            else { continue }
            environment[variable] = value
        }
    }

    package func text(_ setting: Setting) -> String? { values[setting] }

    package func number(_ setting: Setting) -> Int? { values[setting].flatMap { Int($0) } }

    package func share(_ setting: Setting) -> Double? { values[setting].flatMap { Double($0) } }

    package func isOn(_ setting: Setting) -> Bool { values[setting] == "true" }

    package func choice<Choice: RawRepresentable<String>>(_ setting: Setting, _ type: Choice.Type = Choice.self) -> Choice? {
        values[setting].flatMap(Choice.init(rawValue:))
    }
}
