import Base

/// Describes the files that a run did not read, with one line per reason, however many files there are.
public enum SkippedFiles {
    /// Prefix of the reason for a copy; the file that is read instead follows.
    static let copyPrefix = "a copy: "

    /// Describes skipped files.
    /// - Parameter skipped: reasons by key, as in a summary.
    /// - Returns: lines in the order of their first files.
    public static func lines(_ skipped: [String: String]) -> [String] {
        var keys: [String: [String]] = [:]
        for (key, reason) in skipped { keys[reason.hasPrefix(copyPrefix) ? copyPrefix : reason, default: []].append(key) }
        return keys.mapValues { $0.sorted(by: bytesAscend) }
            .sorted { bytesAscend($0.value[0], $1.value[0]) }
            .map { line(reason: $0.key, keys: $0.value, skipped: skipped) }
    }

    private static func line(reason: String, keys: [String], skipped: [String: String]) -> String {
        let first = keys[0]
        if keys.count > 1 {
            return "\(keys.count) files, \(first) the first of them: \(reason == copyPrefix ? "copies of files that are read" : reason)"
        }
        let own = skipped[first] ?? reason
        return own.contains(first) ? own : "\(first): \(own)"
    }
}
