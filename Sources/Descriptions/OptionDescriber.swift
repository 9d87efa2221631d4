import CKernels
public import MarketData

/// Turns columns of option rows into description keys, a block at a time.
///
/// Thresholds come from the lexicon; the work is a few loops over columns in C. Cost: one pass for the volatility
/// solver's inputs, the solver, and one pass for the keys.
public struct OptionDescriber: Sendable {
    /// Values that all rows of one underlying share on one day. NaN and `nil` if there is no bar, or too little history.
    public struct Underlying: Sendable {
        /// Unadjusted dollars.
        public var close: Float
        /// Code of `Attribute.underlyingMove`; 0 when unknown.
        public var moveCode: UInt8
        /// Code of `Attribute.regime`; 0 when unknown.
        public var regimeCode: UInt8

        public init(close: Float = .nan, moveCode: UInt8 = 0, regimeCode: UInt8 = 0) {
            self.close = close
            self.moveCode = moveCode
            self.regimeCode = regimeCode
        }
    }

    /// A described block, with one element per row.
    public struct Described: Sendable {
        /// Full keys, with every attribute; the ticker is the row's symbol number in its file.
        public var keys: [UInt64]
        /// Solved from the mid if possible, otherwise the vendor's, otherwise NaN.
        public var impliedVolatility: [Float]
        /// 0 none, 1 solved, 2 the vendor's.
        public var volatilitySource: [UInt8]
        /// Rows whose vendor's volatility reprices outside the quoted spread.
        public var vendorDisagreements: Int
    }

    /// The annual rate and dividend yield that volatilities are solved with. Zero, because the corpus has neither, and a rate
    /// changes values by less than a category.
    public static let rate: Float = 0
    public static let dividendYield: Float = 0

    private let table: KernelLexicon

    public init(lexicon: Lexicon) {
        var table = tk_option_lexicon()
        table.moneyness = KernelLexicon.thresholds(lexicon, .moneyness)
        table.tenor = KernelLexicon.thresholds(lexicon, .tenor)
        table.implied_volatility = KernelLexicon.thresholds(lexicon, .impliedVolatility)
        table.volume = KernelLexicon.thresholds(lexicon, .volume)
        table.open_interest = KernelLexicon.thresholds(lexicon, .openInterest)
        table.spread = KernelLexicon.thresholds(lexicon, .spread)
        func bit(_ attribute: Attribute) -> Int32 { Int32(attribute.slot * 3) }
        table.moneyness_bit = bit(.moneyness)
        table.tenor_bit = bit(.tenor)
        table.implied_volatility_bit = bit(.impliedVolatility)
        table.volume_bit = bit(.volume)
        table.open_interest_bit = bit(.openInterest)
        table.unusual_bit = bit(.unusualActivity)
        table.spread_bit = bit(.spread)
        table.kind_bit = Int32(DescriptionKey.kindShift)
        table.no_bid_code = Int32(lexicon[.spread].categories.count)
        // Unusual: volume of at least 100 and more than twice the open interest (spec of the lexicon's attribute).
        table.unusual_min_volume = 100
        table.unusual_open_interest_multiple = 2
        self.table = KernelLexicon(table: table)
    }

    /// Describes a block.
    /// - Parameters:
    ///   - rows: options of one day.
    ///   - underlyings: by symbol number of the block; symbols beyond it have no close.
    public func describe(_ rows: OptionBlock, underlyings: [Underlying]) -> Described {
        let count = rows.count
        let days = (0..<max(rows.symbols.count, underlyings.count)).map { number in
            let underlying = number < underlyings.count ? underlyings[number] : Underlying()
            var key = DescriptionKey(rawValue: UInt64(number) << DescriptionKey.tickerShift)
            key[.underlyingMove] = underlying.moveCode
            key[.regime] = underlying.regimeCode
            return tk_underlying_day(close: underlying.close.shortestDecimal, key: key.rawValue)
        }
        let blank = [Float](repeating: .nan, count: count)
        var (spot, strike, years, mid) = (blank, blank, blank, blank)
        tk_option_solver_inputs(
            count, rows.symbol, rows.expiry, rows.strike, rows.bid, rows.ask, rows.day.rawValue, days, days.count,
            &spot, &strike, &years, &mid)
        var volatility = blank
        var volatilities = volatility.mutableSpan
        ImpliedVolatility.solve(
            kinds: rows.kind.span, prices: mid.span, spots: spot.span, strikes: strike.span, years: years.span,
            rate: Self.rate, dividendYield: Self.dividendYield, into: &volatilities)
        let disagreements = disagreements(rows, spot: spot, strike: strike, years: years, solved: volatility)
        var source = [UInt8](repeating: 0, count: count)
        tk_option_choose_volatility(count, &volatility, rows.vendorImpliedVolatility, &source)
        var keys = [UInt64](repeating: 0, count: count)
        var lexicon = table.table
        tk_option_keys(
            count, rows.symbol, rows.kind, rows.expiry, rows.strike, rows.bid, rows.ask, rows.volume,
            rows.openInterest, volatility, rows.day.rawValue, days, days.count, &lexicon, &keys)
        return Described(
            keys: keys, impliedVolatility: volatility, volatilitySource: source, vendorDisagreements: disagreements)
    }

    /// Counts rows where both volatilities exist and the vendor's gives a price outside bid and ask.
    private func disagreements(
        _ rows: OptionBlock, spot: [Float], strike: [Float], years: [Float], solved: [Float]
    ) -> Int {
        let both = (0..<rows.count).filter { solved[$0] > 0 && rows.vendorImpliedVolatility[$0] > 0 }
        var prices = [Double](repeating: 0, count: both.count)
        prices.withUnsafeMutableBufferPointer { prices in
            tk_black_scholes(
                both.count, both.map { Double(spot[$0]) }, both.map { Double(strike[$0]) },
                both.map { Double(years[$0]) }, both.map { rows.kind[$0] },
                both.map { Double(rows.vendorImpliedVolatility[$0]) }, Double(Self.rate), Double(Self.dividendYield),
                tk_greeks(price: prices.baseAddress, delta: nil, gamma: nil, theta: nil, vega: nil, rho: nil))
        }
        // Allow half a cent either way, because quotes are rounded to cents.
        return zip(both, prices).count { index, price in
            price < Double(rows.bid[index]) - 0.005 || price > Double(rows.ask[index]) + 0.005
        }
    }
}

/// The kernel's table; plain numbers, so sharing it is safe.
private struct KernelLexicon: @unchecked Sendable {
    var table: tk_option_lexicon

    static func thresholds(_ lexicon: Lexicon, _ attribute: Attribute) -> tk_thresholds {
        let values = lexicon.thresholds(attribute)
        var result = tk_thresholds()
        result.count = Int32(min(values.count, 7))
        withUnsafeMutableBytes(of: &result.value) { bytes in
            for (index, value) in values.prefix(7).enumerated() {
                bytes.storeBytes(of: value, toByteOffset: index * MemoryLayout<Float>.stride, as: Float.self)
            }
        }
        return result
    }
}
