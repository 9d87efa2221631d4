import Foundation

/// The settings beside the command line: environment over `tapedeck.yaml`. A flag goes over both, and its default comes
/// last; docs/configuration.md has the table.
struct Settings: Sendable {
    private var values: [Setting: String] = [:]

    /// This run's, read once; nothing is set where they cannot be read, and `check()` says why.
    static var current: Settings { (try? loaded.get()) ?? Settings() }

    private static let loaded = Result { () throws(SettingsError) in
        try Settings(environment: ProcessInfo.processInfo.environment)
    }

    private init() {}

    /// - Throws: `SettingsError` naming the variable, or the file, line and key at fault.
    private init(environment: [String: String]) throws(SettingsError) {
        let named = Self.namedFile(environment)
        if let file = try SettingsFile.read(named ?? "tapedeck.yaml", isOptional: named == nil) { values = file }
        for setting in Setting.allCases where setting != .s3Endpoint || !Self.ignoresEndpoints(environment) {
            guard let variable = setting.variable, let value = environment[variable], !value.isEmpty else { continue }
            do throws(SettingsError) {
                values[setting] = try setting.checked(value)
            } catch {
                throw SettingsError("the environment variable \(variable) \(error)")
            }
        }
    }

    /// The file of settings, which need not be there.
    static var file: String { namedFile(ProcessInfo.processInfo.environment) ?? "tapedeck.yaml" }

    private static func namedFile(_ environment: [String: String]) -> String? {
        environment["TAPEDECK_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// - Throws: `SettingsError` when the settings of this run cannot be used.
    static func check() throws(SettingsError) { try loaded.get().export() }

    /// Whether the variables and profiles of the AWS programs are not to name the server of S3. The file of settings is
    /// Tapedeck's own, and still may.
    private static func ignoresEndpoints(_ environment: [String: String]) -> Bool {
        ["true", "1"].contains(environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", default: ""].lowercased())
    }

    /// Puts what the file of settings says of S3 into the environment, where stores look, and programs that this one starts.
    private func export() {
        var environment = ProcessInfo.processInfo.environment
        if values[.s3Endpoint] != nil, Self.ignoresEndpoints(environment) {
            for name in ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"] { environment[name] = nil }
            setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false", 1)
        }
        for (setting, others) in Setting.environmental {
            guard let variable = setting.variable, let value = values[setting],
                others.allSatisfy({ environment[$0, default: ""].isEmpty }), environment[variable, default: ""].isEmpty
            else { continue }
            setenv(variable, value, 1)
        }
    }

    func text(_ setting: Setting) -> String? { values[setting] }

    func number(_ setting: Setting) -> Int? { values[setting].flatMap { Int($0) } }

    func share(_ setting: Setting) -> Double? { values[setting].flatMap { Double($0) } }

    func isOn(_ setting: Setting) -> Bool { values[setting] == "true" }

    func choice<Choice: RawRepresentable<String>>(_ setting: Setting, _ type: Choice.Type = Choice.self) -> Choice? {
        values[setting].flatMap(Choice.init(rawValue:))
    }
}
