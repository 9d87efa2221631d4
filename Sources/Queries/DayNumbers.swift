import Descriptions
import MarketData
import Measures
import Questions

/// Numbers of an underlying on a day, outside the row itself: moves and realised volatility from the stored bars, and the state
/// of its option chain. Uses only that day and earlier ones.
final class DayNumbers {
    static let fields = barFields.union(chainFields).union(rankFields).union([.volatilityPremium, .volatilityRatio])
    /// From bars.
    static let barFields: Set<Field> = Set([.move, .absoluteMove, .gap, .range, .trend, .drawdown, .relativeVolume, .hv20]).union(windows.keys)
    /// Realised volatilities of windows other than the 20 sessions in contexts.
    private static let windows: [Field: Int] = [.hv10: 10, .hv30: 30, .hv60: 60, .hv90: 90]
    /// From option chains.
    static let chainFields = Set(UnderlyingDayRows.columns.compactMap(\.questionField)).union(ChainTable.derived)

    /// Positions of a contract's expiration in the chain of the day.
    static let rankFields: Set<Field> = [.expiryRank, .monthlyRank]

    private let bars: BarHistory?
    private let chains: ChainTable?
    private let ladders: StrikeLadders?
    private let tickers: [String]
    private var contexts: [UInt64: UnderlyingContext?] = [:]
    private var volatilities: [Field: [UInt64: Double]] = [:]
    /// Columns of the whole table of chains, because a question asks for few fields in many blocks of rows.
    private var chainNumbers: [Field: [Double]?] = [:]

    /// - Parameter tickers: names by the numbers in keys.
    init(bars: BarHistory?, chains: ChainTable?, ladders: StrikeLadders? = nil, tickers: [String]) {
        self.bars = bars
        self.chains = chains
        self.ladders = ladders
        self.tickers = tickers
    }

    /// - Returns: `nil` if it is not one of `fields`.
    func numbers(_ field: Field, keys: [DescriptionKey], days: [Int32]) -> [Double]? {
        if Self.barFields.contains(field) { return zip(keys, days).map { bar(field, $0.ticker, $1) } }
        if Self.chainFields.contains(field) {
            let values = chainNumbers(field)
            return zip(keys, days).map { key, day in
                guard let chains, let values, let row = chains.row(key.ticker, day) else { return .nan }
                return values[row]
            }
        }
        guard field == .volatilityPremium || field == .volatilityRatio, let implied = numbers(.iv30, keys: keys, days: days),
            let realised = numbers(.hv20, keys: keys, days: days)
        else { return nil }
        return zip(implied, realised).map { field == .volatilityPremium ? $0 - $1 : $1 > 0 ? $0 / $1 : .nan }
    }

    private func chainNumbers(_ field: Field) -> [Double]? {
        if let known = chainNumbers[field] { return known }
        let numbers = chains?.numbers(field)
        chainNumbers[field] = .some(numbers)
        return numbers
    }

    /// The rank of each row's expiration among those of its underlying that day, 1 for the nearest; NaN beyond the stored ones.
    func ranks(_ field: Field, keys: [DescriptionKey], days: [Int32], expiries: [Int32]) -> [Double]? {
        guard let chains, field == .expiryRank || field == .monthlyRank else { return nil }
        let rows = chains.rows
        let lists = field == .expiryRank ? [rows.expiry1, rows.expiry2, rows.expiry3] : [rows.monthly1, rows.monthly2]
        return keys.indices.map { index in
            guard let row = chains.row(keys[index].ticker, days[index]), let rank = lists.firstIndex(where: { $0[row] == expiries[index] })
            else { return .nan }
            return Double(rank + 1)
        }
    }

    /// The distance of each row's strike from the one at the money, in listed strikes of its chain.
    func strikes(_ field: Field, _ rows: RowBlock) -> [Double]? {
        guard let ladders, StrikeLadders.fields.contains(field), let expiries = rows.expiries, let strikes = rows.numbers(.strike),
            let closes = rows.numbers(.close)
        else { return nil }
        return (0..<rows.count).map { row in
            let key = rows.keys[row]
            return ladders.strikesOutOfTheMoney(
                ticker: key.ticker, day: rows.quoteDates[row], expiry: expiries[row], strike: strikes[row], close: closes[row],
                isPut: key.kind == .put)
        }
    }

    private func bar(_ field: Field, _ ticker: UInt32, _ day: Int32) -> Double {
        if let sessions = Self.windows[field] {
            let place = ChainTable.place(ticker, day)
            if let known = volatilities[field]?[place] { return known }
            let name = Int(ticker) < tickers.count ? tickers[Int(ticker)] : nil
            let value = name.flatMap { bars?.realisedVolatility(of: $0, on: Day(rawValue: day), sessions: sessions) }.map(Double.init) ?? .nan
            volatilities[field, default: [:]][place] = value
            return value
        }
        guard let context = context(ticker, day) else { return .nan }
        let value: Float? =
            switch field {
            case .move: context.move
            case .absoluteMove: context.move.map(abs)
            case .gap: context.gap
            case .range: context.range
            case .trend: context.trend
            case .drawdown: context.drawdown
            case .relativeVolume: context.relativeVolume
            case .hv20: context.realisedVolatility
            default: nil
            }
        return value.map(Double.init) ?? .nan
    }

    private func context(_ ticker: UInt32, _ day: Int32) -> UnderlyingContext? {
        let place = ChainTable.place(ticker, day)
        if let known = contexts[place] { return known }
        let context = Int(ticker) < tickers.count ? bars?.context(symbol: tickers[Int(ticker)], day: Day(rawValue: day)) : nil
        contexts[place] = .some(context)
        return context
    }
}

/// The stored state of underlyings on days, all years together, and the numbers derived from it.
struct ChainTable: Sendable {
    /// Computed from the stored columns.
    static let derived: Set<Field> = [
        .totalVolume, .totalOpenInterest, .putCallRatio, .putCallOpenInterestRatio, .expectedMovePercent, .termSlope, .termRatio,
        .riskReversal, .ivRank, .ivPercentile, .ivChange,
    ]

    let rows: UnderlyingDayRows
    private let places: [UInt64: Int]

    /// - Parameter rows: in the order of ticker and day.
    init(_ rows: UnderlyingDayRows) {
        self.rows = rows
        places = Dictionary(uniqueKeysWithValues: (0..<rows.count).map { (Self.place(rows.ticker[$0], rows.quoteDate[$0]), $0) })
    }

    static func place(_ ticker: UInt32, _ day: Int32) -> UInt64 { UInt64(ticker) << 32 | UInt64(UInt32(bitPattern: day)) }

    /// The row of an underlying and day.
    func row(_ ticker: UInt32, _ day: Int32) -> Int? { places[Self.place(ticker, day)] }

    private static let columns = Dictionary(
        uniqueKeysWithValues: UnderlyingDayRows.columns.compactMap { column in column.questionField.map { ($0, column) } })

    /// The numbers of a field by row; `nil` if chains do not have the field.
    func numbers(_ field: Field) -> [Double]? {
        if let column = Self.columns[field] { return column.numbers(rows, 0..<rows.count) }
        func each(_ one: Field, _ two: Field, _ compute: (Double, Double) -> Double) -> [Double]? {
            guard let a = numbers(one), let b = numbers(two) else { return nil }
            return zip(a, b).map(compute)
        }
        func quotient(_ a: Double, _ b: Double) -> Double { b > 0 ? a / b : .nan }
        switch field {
        case .totalVolume: return each(.callVolume, .putVolume, +)
        case .totalOpenInterest: return each(.callOpenInterest, .putOpenInterest, +)
        case .putCallRatio: return each(.putVolume, .callVolume, quotient)
        case .putCallOpenInterestRatio: return each(.putOpenInterest, .callOpenInterest, quotient)
        case .expectedMovePercent: return numbers(.expectedMove).map { zip($0, rows.close).map { quotient($0, $1.asDecimal) } }
        case .termSlope: return each(.iv90, .iv30, -)
        case .termRatio: return each(.iv30, .iv90, quotient)
        case .riskReversal: return numbers(.skew)?.map { -$0 }
        case .ivRank: return byName(UnderlyingSeries.ranks)
        case .ivPercentile: return byName(UnderlyingSeries.percentiles)
        case .ivChange: return byName(UnderlyingSeries.changes)
        default: return nil
        }
    }

    /// Computes a number from the IV30 series of each name.
    private func byName(_ compute: ([Double]) -> [Double]) -> [Double] {
        var result: [Double] = []
        var start = 0
        while start < rows.count {
            var end = start
            while end < rows.count, rows.ticker[end] == rows.ticker[start] { end += 1 }
            result += compute(rows.iv30[start..<end].map { Double($0) })
            start = end
        }
        return result
    }
}
