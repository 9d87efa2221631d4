import Base
import Foundation
import ObjectStore
import Yams

/// Reads `tapedeck.yaml`: one mapping of the keys of `Setting` to plain values.
enum SettingsFile {
    /// The largest settings file, in bytes.
    private static let sizeLimit = 1 << 20

    /// - Parameter isOptional: whether the file may be absent.
    /// - Returns: `nil` when it is absent.
    /// - Throws: `SettingsError` naming file, line and key.
    static func read(_ path: String, isOptional: Bool) throws(SettingsError) -> [Setting: String]? {
        guard FileManager.default.fileExists(atPath: path) else {
            if isOptional { return nil }
            throw SettingsError("TAPEDECK_CONFIG names \(path), and there is no such file")
        }
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw SettingsError("the settings in \(path) cannot be read: \(error.localizedDescription)")
        }
        guard bytes.count <= sizeLimit else {
            throw SettingsError("\(path) has \(bytes.count) bytes, too many for a file of settings")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SettingsError("\(path) is not UTF-8 text")
        }
        let folder = FileSystem.folder(of: path)
        return try parse(text, file: path, folder: folder)
    }

    private static func parse(_ text: String, file: String, folder: String) throws(SettingsError) -> [Setting: String] {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw SettingsError("\(file)\(problem(error))")
        }
        guard let root, !isNull(root) else { return [:] }
        guard let mapping = root.mapping else {
            throw SettingsError("\(file): settings are lines of the form 'key: value'")
        }
        var values: [Setting: String] = [:]
        for (key, value) in mapping {
            let place = file + (key.mark.map { ", line \($0.line)" } ?? "")
            guard let name = key.string, let setting = Setting(rawValue: name) else {
                let known = Setting.allCases.map(\.rawValue).joined(separator: ", ")
                throw SettingsError("\(place): there is no setting '\(key.string ?? "?")'; the settings are \(known)")
            }
            do throws(SettingsError) {
                values[setting] = try self.value(value, of: setting, folder: folder)
            } catch {
                throw SettingsError("\(place): \(name) \(error)")
            }
        }
        return values
    }

    private static func value(_ node: Node, of setting: Setting, folder: String) throws(SettingsError) -> String {
        if let sequence = node.sequence {
            guard setting.form == .list else { throw SettingsError("takes one value, not a list") }
            var items: [String] = []
            for item in sequence {
                guard let text = item.scalar?.string, !text.isEmpty, !text.contains(",") else {
                    throw SettingsError("must be a list of plain values without commas")
                }
                items.append(text)
            }
            guard !items.isEmpty else { throw SettingsError("is an empty list; name something, or remove the line") }
            return items.joined(separator: ",")
        }
        guard let scalar = node.scalar else { throw SettingsError("takes a plain value, not keys of its own") }
        guard !isNull(node) else { throw SettingsError("has no value; give one, or remove the line") }
        return try setting.checked(setting.form == .place ? absolute(scalar.string, folder: folder) : scalar.string)
    }

    private static func isNull(_ node: Node) -> Bool {
        guard let scalar = node.scalar else { return false }
        return scalar.string.isEmpty || scalar.style == .plain && ["null", "~"].contains(scalar.string)
    }

    /// Resolves a relative path against the folder of the settings file; `~` is the home folder.
    private static func absolute(_ place: String, folder: String) -> String {
        if place.hasPrefix("/") || place.contains("://") || place == "~" { return place }
        if place.hasPrefix("~/") { return FileManager.default.homeDirectoryForCurrentUser.path + place.dropFirst() }
        return folder == "." ? place : folder + "/" + place
    }

    private static func problem(_ error: any Error) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            ", line \(mark.line): not YAML: \(problem)"
        case .duplicatedKeysInMapping(let duplicates, let context):
            ", line \(context.mark.line): set more than once: \(duplicates.joined(separator: ", "))"
        case .reader(let problem, _, _, _): ": not YAML: \(problem)"
        default: " is not YAML"
        }
    }
}
