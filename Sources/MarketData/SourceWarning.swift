/// A problem of a source that does not stop a run but should be known before it.
public enum SourceWarning: Hashable, Sendable {
    /// A file of a day on which the exchanges were closed.
    case notASession(key: String, day: Day, holiday: String?)
    /// Consecutive sessions without option quotes, between two sessions with quotes.
    case missingSessions(first: Day, last: Day, count: Int)
    /// A file that is so much shorter than its neighbours that the day may be incomplete.
    case shortFile(key: String, day: Day, share: Double)
    /// A second file of a day whose size differs from that of the file read.
    case differingCopy(key: String, original: String)
    /// Files that are not read, all for one reason.
    case unread(reason: UnreadReason, first: String, count: Int)
}

extension SourceWarning: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notASession(let key, let day, let holiday):
            let reason = holiday ?? ([0, 6].contains(day.weekday) ? "a weekend" : "no session")
            return "\(key) is a file of \(day), when the exchanges were closed (\(reason))"
        case .missingSessions(let first, let last, let count):
            return first == last
                ? "no option quotes for the session of \(first)"
                : "no option quotes for \(count) sessions from \(first) to \(last)"
        case .shortFile(let key, _, let share):
            let percent = Int((share * 100).rounded())
            return "\(key) has only \(percent) % of the size of the files around it: the day may be incomplete"
        case .differingCopy(let key, let original):
            return "\(key) is ignored in favour of \(original), but the two differ in size"
        case .unread(let reason, let first, let count):
            return count == 1
                ? "\(first) is not read: \(reason)"
                : "\(count) files are not read, \(first) the first of them: \(reason)"
        }
    }
}
