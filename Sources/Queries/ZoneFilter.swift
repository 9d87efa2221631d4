import Archive
import Base
import Descriptions
import MarketData
import Questions

/// Computes the lowest possible level of a zone's rows from zone maps.
struct ZoneFilter: Sendable {
    /// A constraint on bounds. If bounds cannot decide it, rows may meet it.
    private indirect enum Check: Sendable {
        case possible
        case all([Check])
        case any([Check])
        case tickers([UInt32])
        case kinds(options: Bool, stocks: Bool)
        case number(column: Int, Float, Float)
        /// Calendar days from quote to expiry.
        case daysToExpiry(Float, Float)
    }

    private let checks: [Check]
    private let lastDay: Float?
    private static let columns = Dictionary(uniqueKeysWithValues: ZoneMaps.columns.enumerated().map { ($1, $0) })
    private static let quoteDate = columns["quote_date"] ?? 0
    private static let expiry = columns["expiry"] ?? 0

    /// - Parameter asOf: later rows do not exist.
    init(_ matcher: ConstraintMatcher, asOf: Day?) {
        checks = matcher.relaxationOrder.map { Self.check(matcher.checks[$0]) }
        lastDay = asOf.map { Float($0.rawValue) }
    }

    /// Whether zone maps can exclude anything.
    var isEffective: Bool {
        lastDay != nil || checks.contains { if case .possible = $0 { false } else { true } }
    }

    /// Whether zone maps can exclude rows that descriptions cannot, by numbers and dates.
    var tellsOfRows: Bool { lastDay != nil || checks.contains(where: Self.tellsOfRows) }

    private static func tellsOfRows(_ check: Check) -> Bool {
        switch check {
        case .possible, .tickers, .kinds: false
        case .number, .daysToExpiry: true
        case .all(let parts), .any(let parts): parts.contains(where: tellsOfRows)
        }
    }

    private static func check(_ check: ConstraintMatcher.Check) -> Check {
        switch check {
        case .all(let parts): return .all(parts.map { Self.check($0) })
        case .any(let parts): return .any(parts.map { Self.check($0) })
        case .tickers(let numbers): return .tickers(numbers)
        case .kinds(let kinds): return .kinds(options: kinds.contains(.call) || kinds.contains(.put), stocks: kinds.contains(.stock))
        case .number(.daysToExpiry, let bounds): return .daysToExpiry(low(bounds), high(bounds))
        case .number(let field, let bounds):
            guard let column = column(field) else { return .possible }
            return .number(column: column, low(bounds), high(bounds))
        case .dates(let field, let interval):
            let low = interval.from.map { Float($0.rawValue) } ?? -.infinity
            let high = interval.to.map { Float($0.rawValue) } ?? .infinity
            return .number(column: field == .quoteDate ? quoteDate : expiry, low, high)
        case .event(let general, let byTicker):
            let all = general + byTicker.values.flatMap(\.self)
            return .any(all.map { .number(column: quoteDate, Float($0.lowerBound.rawValue), Float($0.upperBound.rawValue)) })
        case .not, .category, .ratio, .weekdays, .expiryClass: return .possible
        }
    }

    /// The column that bounds a field; `nil` if zone maps do not bound it.
    static func column(_ field: Field) -> Int? { field == .quoteDate ? quoteDate : columns[field.rawValue] }

    // Bounds of zones are rounded outward, and so are those of constraints.
    private static func low(_ bounds: Bounds) -> Float {
        bounds.lower.map { end in
            let nearest = Float(end.value)
            return Double(nearest) > end.value ? nearest.nextDown : nearest
        } ?? -.infinity
    }

    private static func high(_ bounds: Bounds) -> Float {
        bounds.upper.map { end in
            let nearest = Float(end.value)
            return Double(nearest) < end.value ? nearest.nextUp : nearest
        } ?? .infinity
    }

    /// By zone, the lowest possible level of its rows; the highest number if all its rows are later than the as-of day.
    func levels(_ index: DescriptionIndex) -> [UInt8] {
        var levels = [UInt8](repeating: 0, count: index.zoneCount)
        func mark(_ check: Check, _ level: UInt8) {
            if case .possible = check { return }
            let isPossible = Self.isPossible(check, index)
            for zone in levels.indices { levels[zone] = levels[zone] == 0 && !isPossible[zone] ? level : levels[zone] }
        }
        if let lastDay { mark(.number(column: Self.quoteDate, -.infinity, lastDay), .max) }
        for place in checks.indices.reversed() { mark(checks[place], UInt8(clamping: place + 1)) }
        return levels
    }

    /// By zone, whether it can hold a row that meets a constraint. One pass over the zones for each number of the constraint.
    private static func isPossible(_ check: Check, _ index: DescriptionIndex) -> [Bool] {
        func all(_ isPossible: Bool) -> [Bool] { [Bool](repeating: isPossible, count: index.zoneCount) }
        func combined(_ parts: [Check], _ start: Bool, _ combine: (Bool, Bool) -> Bool) -> [Bool] {
            parts.reduce(all(start)) { result, part in
                if case .possible = part { return start ? result : all(true) }
                return zip(result, isPossible(part, index)).map(combine)
            }
        }
        switch check {
        case .possible: return all(true)
        case .all(let parts): return combined(parts, true) { $0 && $1 }
        case .any(let parts): return combined(parts, false) { $0 || $1 }
        case .tickers(let numbers):
            let sorted = numbers.sorted()
            return (0..<index.zoneCount).map { zone in
                let first = DescriptionKey(rawValue: index.zoneFirstKey[zone]).ticker, last = DescriptionKey(rawValue: index.zoneLastKey[zone]).ticker
                return sorted.contains { $0 >= first && $0 <= last }
            }
        case .kinds(let options, let stocks):
            var result = all(false)
            for batch in index.batches where batch.kind == .stocks ? stocks : options {
                for zone in batch.zones { result[zone] = true }
            }
            return result
        case .number(let column, let low, let high):
            // No number, +∞ … −∞, is outside of all bounds.
            return index.withZoneBounds(column: column) { minimum, maximum in
                minimum.indices.map { minimum[$0] <= high && maximum[$0] >= low && minimum[$0] <= maximum[$0] }
            }
        case .daysToExpiry(let low, let high):
            return index.withZoneBounds(column: quoteDate) { firstQuote, lastQuote in
                index.withZoneBounds(column: expiry) { firstExpiry, lastExpiry in
                    firstQuote.indices.map { zone in
                        firstExpiry[zone] <= lastExpiry[zone] && firstExpiry[zone] - lastQuote[zone] <= high
                            && lastExpiry[zone] - firstQuote[zone] >= low
                    }
                }
            }
        }
    }
}
