import Foundation

/// The folder of the logs of detached runs: `XDG_STATE_HOME/tapedeck`.
struct StateFolder {
    /// Number of logs that are kept.
    private static let logLimit = 20

    let path: String

    init(environment: [String: String]) {
        let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory()
        let base = environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home + "/.local/state"
        path = base + "/tapedeck"
    }

    /// Names a new file of a kind, and removes the oldest ones of that kind.
    /// - Throws: `RunError` when the folder cannot be written.
    func newFile(_ kind: String) throws(RunError) -> String {
        do {
            let manager = FileManager.default
            try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
            let old = try manager.contentsOfDirectory(atPath: path).filter { $0.hasSuffix("." + kind) }.sorted()
            for name in old.dropLast(Self.logLimit - 1) { try? manager.removeItem(atPath: path + "/" + name) }
        } catch {
            throw RunError(.permissionDenied, ErrorText.describe(error), remedy: "set XDG_STATE_HOME to a writable folder")
        }
        let time = Date.now.formatted(.iso8601).filter { $0.isNumber || $0 == "T" }
        return "\(path)/\(time)-\(getpid()).\(kind)"
    }
}
