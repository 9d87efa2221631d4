/// What a cache knows about one ticker on one day.
public enum CellStatus: UInt8, Sendable, CaseIterable {
    /// Not tried yet.
    case notTried = 0
    /// Its vector is in the cache.
    case cached = 1
    /// The ticker has no features on that day.
    case noData = 2
    /// The ticker has fewer rows up to that day than a window needs.
    case shortHistory = 3
    /// Encoding failed; the cache holds the reason.
    case failed = 4

    /// Status in words, such as "no data".
    public var words: String {
        switch self {
        case .notTried: "not tried"
        case .cached: "cached"
        case .noData: "no data"
        case .shortHistory: "short history"
        case .failed: "failed"
        }
    }
}
