import Analyses
import Archive
import Base
import Descriptions
import MarketData
import Queries

/// Reads the input of analyses from a store's snapshot: option chains by day, later quotes of contracts, bars.
struct ChainReader {
    let base: SearchBase

    static let calendar = TradingCalendar.unitedStates
    /// Columns of quotes, and the close of the underlying.
    static let quoteColumns: Set<String> = [
        "root", "expiry", "strike", "style", "bid", "ask", "bid_size", "ask_size", "volume", "open_interest", "implied_volatility",
        "underlying_close",
    ]
    /// Sessions before the day that are needed to detect stale quotes.
    private static let history = 3

    // MARK: Names and days

    /// The sessions with option quotes, ascending.
    func days() async throws -> [Day] { try await base.optionDays() }

    /// - Throws: `QueryError` when the store has no option quotes of the day; it names the nearest days that have some.
    func check(_ day: Day) async throws {
        let days = try await days()
        guard !days.isEmpty else {
            throw QueryError(
                "the store has no option chains; `tapedeck index rebuild` computes the state of underlyings in stores that lack it",
                kind: .unsupported)
        }
        guard !days.contains(day) else { return }
        let near = [days.last { $0 < day }, days.first { $0 > day }].compactMap(\.self).map(\.description)
        throw QueryError("the store has no option quotes of \(day); the nearest days are \(near.joined(separator: " and "))", kind: .notFound)
    }

    /// The numbers of some tickers; `nil` for all.
    /// - Throws: `QueryError` for a ticker that the store does not have.
    func numbers(of symbols: [String]) throws -> Set<UInt32>? {
        guard !symbols.isEmpty else { return nil }
        return Set(try symbols.map { try base.number(ofTicker: $0) })
    }

    // MARK: Chains

    /// The chains of a day, by ticker. Quotes that have not changed for three sessions while the underlying moved are marked.
    func chains(_ day: Day, _ symbols: [String]) async throws -> [DayChain] {
        try await check(day)
        let first = Self.calendar.session(Self.history - 1, before: day)
        let stored = try await base.optionRows(try numbers(of: symbols), first...day)
        let splits = try await base.splitDays()
        return chains(stored.rows, Array(stored.rows.key.indices), on: day, splits: splits)
    }

    /// The chains of each of some sessions, ascending, in one pass over the rows.
    /// - Parameter body: gets the chains of one session after the other.
    func forEachDay(_ days: [Day], _ symbols: [String], _ body: (Day, [DayChain]) async throws -> Void) async throws {
        let splits = try await base.splitDays()
        let numbers = try numbers(of: symbols)
        for start in stride(from: 0, to: days.count, by: Self.daysTogether) {
            let some = days[start..<min(start + Self.daysTogether, days.count)]
            guard let first = some.first, let last = some.last else { continue }
            let rows = try await base.optionRows(numbers, Self.calendar.session(Self.history - 1, before: first)...last).rows
            let byDay = Dictionary(grouping: rows.key.indices) { rows.quoteDate[$0] }
            for day in some {
                let earliest = Self.calendar.session(Self.history - 1, before: day).rawValue
                let members = (earliest...day.rawValue).flatMap { byDay[$0] ?? [] }
                try await body(day, chains(rows, members, on: day, splits: splits))
            }
        }
    }

    /// Sessions whose rows are read together.
    static let daysTogether = 10

    private func chains(_ rows: OptionRows, _ members: [Int], on day: Day, splits: [String: [Day]]) -> [DayChain] {
        let byTicker = Dictionary(grouping: members) { DescriptionKey(rawValue: rows.key[$0]).ticker }
        return byTicker.sorted { $0.key < $1.key }.compactMap { ticker, members -> DayChain? in
            let name = base.name(ofTicker: ticker)
            var earlier: [OptionContract: [(day: Int32, quote: OptionQuote, close: Double)]] = [:]
            var today: [(quote: OptionQuote, close: Double)] = []
            for row in members {
                guard let quote = quote(rows, row) else { continue }
                let close = rows.underlyingClose[row].asDecimal
                if rows.quoteDate[row] == day.rawValue {
                    today.append((quote, close))
                } else {
                    earlier[quote.contract, default: []].append((rows.quoteDate[row], quote, close))
                }
            }
            guard !today.isEmpty else { return nil }
            let quotes = today.map { one in
                var quote = one.quote
                let past = (earlier[quote.contract] ?? []).sorted { $0.day < $1.day }
                quote.isUnchanged = QuoteHistory.isUnchanged(past.map(\.quote) + [quote], closes: past.map(\.close) + [one.close])
                return quote
            }
            return DayChain(
                underlying: name, day: day, close: today.first { !$0.close.isNaN }?.close ?? .nan,
                isSplitDay: splits[name]?.contains(day) ?? false, quotes: quotes)
        }
    }

    /// The contract of a stored row; `nil` if it is invalid, which occurs only in a damaged store.
    private func contract(_ rows: OptionRows, _ row: Int) -> OptionContract? {
        try? OptionContract(
            root: base.name(ofTicker: rows.root[row]), expiry: Day(rawValue: rows.expiry[row]),
            kind: DescriptionKey(rawValue: rows.key[row]).kind == .put ? .put : .call, strikeThousandths: rows.strike[row])
    }

    /// The quote of a stored row; `nil` if its contract is invalid, which occurs only in a damaged store.
    func quote(_ rows: OptionRows, _ row: Int) -> OptionQuote? {
        guard let contract = contract(rows, row) else { return nil }
        return OptionQuote(
            contract: contract, style: rows.style[row] == UInt8(ascii: "E") ? .european : .american, bid: rows.bid[row].asDecimal,
            ask: rows.ask[row].asDecimal, bidSize: Int(rows.bidSize[row]), askSize: Int(rows.askSize[row]), volume: Int(rows.volume[row]),
            openInterest: Int(rows.openInterest[row]), impliedVolatility: Double(rows.impliedVolatility[row]))
    }

    /// Rows as quotes that can be compared.
    /// - Parameter chains: of the day; they mark splits and stale quotes.
    /// - Returns: quotes whose neighbours are still positions of rows, and the position of each row's quote.
    func compared(
        _ rows: OptionRows, on day: Day, neighbours: [[Int]], chains: [DayChain]
    ) -> (quotes: [ComparedQuote], places: [Int: Int]) {
        let unchanged = Set(chains.flatMap { $0.quotes.filter(\.isUnchanged).map(\.contract) })
        let split = Set(chains.filter(\.isSplitDay).map(\.underlying))
        var quotes: [ComparedQuote] = []
        var places: [Int: Int] = [:]
        for row in rows.key.indices {
            guard var quote = quote(rows, row) else { continue }
            quote.isUnchanged = unchanged.contains(quote.contract)
            let underlying = base.name(ofTicker: DescriptionKey(rawValue: rows.key[row]).ticker)
            places[row] = quotes.count
            quotes.append(
                ComparedQuote(
                    underlying: underlying, day: day, close: rows.underlyingClose[row].asDecimal, isSplitDay: split.contains(underlying),
                    quote: quote, neighbours: neighbours[row]))
        }
        return (quotes, places)
    }

    // MARK: Afterwards

    /// A contract on a day, from results of a search or from random rows.
    struct Entry: Hashable {
        var contract: OptionContract
        var underlying: String
        var day: Day
    }

    /// Entries with their quotes and those of the sessions after them.
    /// - Parameter horizon: sessions.
    func cases(_ entries: [Entry], horizon: Int) async throws -> [OutcomeCase] {
        guard let first = entries.map(\.day).min(), let last = entries.map(\.day).max() else { return [] }
        let tickers = try numbers(of: Array(Set(entries.map(\.underlying))))
        let end = Self.calendar.session(horizon, after: last)
        var wanted: [ContractKey: OptionContract] = [:]
        for entry in entries { wanted[try ContractKey(entry.contract, base)] = entry.contract }
        let rows = try await base.optionRows(tickers, first...end, columns: Self.quoteColumns).rows
        let splits = try await base.splitDays()
        var quotes: [OptionContract: [Int32: Int]] = [:]
        for row in rows.key.indices {
            guard let contract = wanted[ContractKey(rows, row)] else { continue }
            if quotes[contract]?[rows.quoteDate[row]] == nil { quotes[contract, default: [:]][rows.quoteDate[row]] = row }
        }
        // A contract's last session may lack its own row: the underlying's close is known from any row of that day.
        var closes: [UInt64: Double] = [:]
        for row in rows.key.indices where !rows.underlyingClose[row].isNaN {
            closes[Self.place(DescriptionKey(rawValue: rows.key[row]).ticker, rows.quoteDate[row])] = rows.underlyingClose[row].asDecimal
        }
        return try entries.compactMap { entry -> OutcomeCase? in
            guard let row = quotes[entry.contract]?[entry.day.rawValue], let quote = quote(rows, row) else { return nil }
            let ticker = try base.number(ofTicker: entry.underlying)
            let sessions = Self.calendar.sessions(in: entry.day.adding(days: 1)...Self.calendar.session(horizon, after: entry.day))
            let later = sessions.map { day in
                let close = closes[Self.place(ticker, day.rawValue)] ?? .nan
                let isSplit = splits[entry.underlying]?.contains(day) ?? false
                guard let row = quotes[entry.contract]?[day.rawValue] else { return LaterQuote(day: day, close: close, isSplitDay: isSplit) }
                return LaterQuote(
                    day: day, bid: rows.bid[row].asDecimal, ask: rows.ask[row].asDecimal, close: close, isSplitDay: isSplit)
            }
            return OutcomeCase(
                underlying: entry.underlying, day: entry.day, quote: quote, close: closes[Self.place(ticker, entry.day.rawValue)] ?? .nan,
                later: later)
        }
    }

    /// A contract by the store's numbers: comparing them is cheaper than making contracts of all rows.
    struct ContractKey: Hashable {
        var root: UInt32
        var expiry: Int32
        var strike: Int32
        var isPut: Bool

        init(_ contract: OptionContract, _ base: SearchBase) throws {
            root = try base.number(ofTicker: contract.root)
            expiry = contract.expiry.rawValue
            strike = contract.strikeThousandths
            isPut = contract.kind == .put
        }

        init(_ rows: OptionRows, _ row: Int) {
            root = rows.root[row]
            expiry = rows.expiry[row]
            strike = rows.strike[row]
            isPut = DescriptionKey(rawValue: rows.key[row]).kind == .put
        }
    }

    private static func place(_ ticker: UInt32, _ day: Int32) -> UInt64 { UInt64(ticker) << 32 | UInt64(UInt32(bitPattern: day)) }

    /// As many random rows of the same names and days as there are entries, ten for each, the same for the same seed.
    func baseline(_ entries: [Entry], perEntry: Int, seed: UInt64) async throws -> [Entry] {
        var random = SplitMix64(state: seed)
        var found: [Entry] = []
        for (day, members) in Dictionary(grouping: entries, by: \.day).sorted(by: { $0.key < $1.key }) {
            let counts = Dictionary(grouping: members, by: \.underlying).mapValues(\.count)
            let stored = try await base.optionRows(
                try numbers(of: Array(counts.keys)), day...day, columns: ["root", "expiry", "strike", "style"])
            let byTicker = Dictionary(grouping: stored.rows.key.indices) { DescriptionKey(rawValue: stored.rows.key[$0]).ticker }
            for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
                guard let rows = byTicker[try base.number(ofTicker: name)], !rows.isEmpty else { continue }
                for _ in 0..<count * perEntry {
                    let row = rows[Int(random.next() % UInt64(rows.count))]
                    guard let contract = contract(stored.rows, row) else { continue }
                    found.append(Entry(contract: contract, underlying: name, day: day))
                }
            }
        }
        return found
    }
}
