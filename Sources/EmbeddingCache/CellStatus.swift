/// What a cache knows of one ticker on one day.
public enum CellStatus: UInt8, Sendable, CaseIterable {
    /// Nobody has tried to encode it.
    case notTried = 0
    /// Its vector is in the cache.
    case cached = 1
    /// The ticker has no features on that day.
    case noData = 2
    /// There are fewer rows up to that day than a window has.
    case shortHistory = 3
    /// It was tried and failed; the cache holds the reason.
    case failed = 4

    /// As in "no data".
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
