internal import Base

/// The files that a run did not read, in words: one line a reason, however many there are.
public enum SkippedFiles {
    /// What the reason of a copy begins with; the file that is read instead follows.
    static let copyPrefix = "a copy: "

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
