public import MarketData

/// Days between two ends, both included; an absent end is open.
public struct DayInterval: Hashable, Codable, Sendable {
    public var from: Day?
    public var to: Day?

    public init(from: Day?, to: Day?) {
        self.from = from
        self.to = to
    }

    /// One day.
    public init(_ day: Day) {
        self.init(from: day, to: day)
    }

    public var isEmpty: Bool {
        guard let from, let to else { return false }
        return from > to
    }

    /// The days in both.
    public func intersection(_ other: DayInterval) -> DayInterval {
        let starts = [from, other.from].compactMap { $0 }
        let ends = [to, other.to].compactMap { $0 }
        return DayInterval(from: starts.max(), to: ends.min())
    }

    public func contains(_ day: Day) -> Bool {
        if let from, day < from { return false }
        if let to, day > to { return false }
        return true
    }

    /// Whether the two have no gap between them, so that together they are one interval.
    func touches(_ other: DayInterval) -> Bool {
        if let to, let start = other.from, to.adding(days: 1) < start { return false }
        if let end = other.to, let from, end.adding(days: 1) < from { return false }
        return true
    }

    /// The smallest interval around both.
    func union(_ other: DayInterval) -> DayInterval {
        var start: Day?
        if let mine = from, let theirs = other.from { start = min(mine, theirs) }
        var end: Day?
        if let mine = to, let theirs = other.to { end = max(mine, theirs) }
        return DayInterval(from: start, to: end)
    }
}

/// Which of a row's two dates a condition is about.
public enum DateField: String, CaseIterable, Codable, Hashable, Sendable {
    case quoteDate = "date"
    case expiry
}

/// The listing cycle of an expiration.
public enum ExpiryClass: String, CaseIterable, Codable, Hashable, Sendable {
    /// The third Friday's (listed on the Saturday after it before February 2015).
    case monthly
    /// The last business day of a quarter.
    case quarterly
    /// Every other expiration.
    case weekly
}
