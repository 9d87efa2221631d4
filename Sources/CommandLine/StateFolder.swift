import Foundation

/// Where this program keeps the logs of detached runs: `XDG_STATE_HOME/tapedeck`.
enum StateFolder {
    /// Logs that are kept.
    private static let logLimit = 20

    static var path: String {
        let environment = ProcessInfo.processInfo.environment
        let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory()
        let base = environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home + "/.local/state"
        return base + "/tapedeck"
    }

    /// A new file of that kind; the oldest ones of it go.
    /// - Throws: `CommandError`.
    static func newFile(_ kind: String) throws(CommandError) -> String {
        do {
            let manager = FileManager.default
            try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
            let old = try manager.contentsOfDirectory(atPath: path).filter { $0.hasSuffix("." + kind) }.sorted()
            for name in old.dropLast(logLimit - 1) { try? manager.removeItem(atPath: path + "/" + name) }
        } catch {
            throw CommandError("\(ErrorText.describe(error)); set XDG_STATE_HOME to a folder that can be written")
        }
        let time = Date.now.formatted(.iso8601).filter { $0.isNumber || $0 == "T" }
        return "\(path)/\(time)-\(getpid()).\(kind)"
    }
}
