import Archive
import Descriptions
import MarketData
import Questions

/// What zone maps tell of a question's constraints: the lowest level at which a zone can hold a row.
struct ZoneFilter: Sendable {
    /// A constraint as bounds tell of it. What they cannot tell is possible.
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

    /// Whether zone maps can tell anything.
    var isEffective: Bool {
        lastDay != nil || checks.contains { if case .possible = $0 { false } else { true } }
    }

    /// Whether zone maps can tell what descriptions do not: of numbers and dates.
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

    /// The column that bounds a field; `nil` when zone maps do not.
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

    /// By zone, the lowest level at which it can hold a row; the highest number when all its rows are later than the as-of day.
    func levels(_ index: DescriptionIndex) -> [UInt8] {
        var levels = [UInt8](repeating: 0, count: index.zoneCount)
        if let lastDay { mark(&levels, index, Self.quoteDate, -.infinity, lastDay, as: .max) }
        for place in checks.indices.reversed() {
            let level = UInt8(clamping: place + 1)
            switch checks[place] {
            case .possible: break
            case .number(let column, let low, let high): mark(&levels, index, column, low, high, as: level)
            case .kinds(let options, let stocks):
                for batch in index.batches where !(batch.kind == .stocks ? stocks : options) {
                    for zone in batch.zones where levels[zone] == 0 { levels[zone] = level }
                }
            default:
                for batch in index.batches {
                    for zone in batch.zones where levels[zone] == 0 && !Self.isPossible(checks[place], index, zone, batch.kind) {
                        levels[zone] = level
                    }
                }
            }
        }
        return levels
    }

    /// Gives a level to the zones that have none and no number between two.
    private func mark(_ levels: inout [UInt8], _ index: DescriptionIndex, _ column: Int, _ low: Float, _ high: Float, as level: UInt8) {
        let width = ZoneMaps.columns.count
        index.withZoneBounds { minimum, maximum in
            for zone in levels.indices where levels[zone] == 0 {
                if minimum[zone * width + column] > high || maximum[zone * width + column] < low { levels[zone] = level }
            }
        }
    }

    private static func isPossible(_ check: Check, _ index: DescriptionIndex, _ zone: Int, _ kind: RowKind) -> Bool {
        switch check {
        case .possible: return true
        case .all(let parts): return parts.allSatisfy { isPossible($0, index, zone, kind) }
        case .any(let parts): return parts.contains { isPossible($0, index, zone, kind) }
        case .tickers(let numbers):
            let (first, last) = (DescriptionKey(rawValue: index.zoneFirstKey[zone]).ticker, DescriptionKey(rawValue: index.zoneLastKey[zone]).ticker)
            return numbers.contains { $0 >= first && $0 <= last }
        case .kinds(let options, let stocks): return kind == .stocks ? stocks : options
        case .number(let column, let low, let high):
            guard let bounds = index.bounds(zone: zone, column: column) else { return false }
            return bounds.lowerBound <= high && bounds.upperBound >= low
        case .daysToExpiry(let low, let high):
            guard let quotes = index.bounds(zone: zone, column: quoteDate), let expiries = index.bounds(zone: zone, column: expiry) else {
                return false
            }
            return expiries.lowerBound - quotes.upperBound <= high && expiries.upperBound - quotes.lowerBound >= low
        }
    }
}
