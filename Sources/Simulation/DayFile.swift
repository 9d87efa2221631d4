import Foundation
import MarketData

/// Writes the option file of one session. Each worker has one and reuses its buffers.
struct DayFile {
    private let configuration: SimulationConfiguration
    private let underlyings: [SimulatedUnderlying]
    private var chain = OptionChain()
    private var line = LineBuffer(capacity: 4096)
    private(set) var buffer = LineBuffer(capacity: 1 << 22)
    private(set) var rows = PlantedQuirks.Rows()
    private var kept = [Int](repeating: 0, count: KeptOddity.allCases.count)
    private var rejected = [Int](repeating: 0, count: RowQuirk.allCases.count)
    private var lines = 0

    init(configuration: SimulationConfiguration, underlyings: [SimulatedUnderlying]) {
        self.configuration = configuration
        self.underlyings = underlyings
    }

    static let columnNames = [
        "contract", "underlying", "expiration", "type", "strike", "style", "bid", "bid_size", "ask", "ask_size", "volume",
        "open_interest", "quote_date", "delta", "gamma", "theta", "vega", "implied_volatility",
    ]

    /// Fills `buffer` and `rows` with the quotes of a session.
    /// - Parameters:
    ///   - quoteDate: date in the rows; for a holiday file it differs from the session's date.
    mutating func make(session: Int, day: Day, quoteDate: Day, quirk: FileQuirk?) {
        buffer.removeAll()
        rows = PlantedQuirks.Rows()
        for index in kept.indices { kept[index] = 0 }
        for index in rejected.indices { rejected[index] = 0 }
        lines = 0
        if quirk != .missingHeader {
            buffer.append(Array(Self.columnNames.joined(separator: ",").utf8))
            buffer.append(UInt8(ascii: "\n"))
        }
        // A partial day ends after three fifths of the alphabet.
        let included = quirk == .partialDay ? underlyings.prefix((underlyings.count * 3 + 4) / 5) : underlyings[...]
        var volumeRandom = RandomStream(configuration.seed, .days, Int(quoteDate.rawValue))
        let volumesAreDecimal = volumeRandom.uniform() < 0.03
        for (position, underlying) in included.enumerated() {
            chain.quote(underlying, session: session, day: day, configuration: configuration)
            append(
                underlying, isLast: position == included.count - 1, quoteDate: quoteDate,
                volumesAreDecimal: volumesAreDecimal)
        }
        if quirk == .truncatedLastLine { truncateLastLine() }
        if quirk == .noLastLineBreak { buffer.removeLast(1) }
        rows.lines = lines
        for oddity in KeptOddity.allCases where kept[oddity.rawValue] > 0 {
            rows.kept[oddity.name] = kept[oddity.rawValue]
        }
        for defect in RowQuirk.allCases {
            if let reason = defect.rejection, rejected[defect.rawValue] > 0 {
                rows.rejected[reason, default: 0] += rejected[defect.rawValue]
            }
        }
        if quirk == .truncatedLastLine { rows.rejected["truncated last line"] = 1 }
        switch quirk {
        case .permutedHeader: rotateColumns()
        case .carriageReturns: addCarriageReturns()
        case .missingHeader: rows = PlantedQuirks.Rows()
        default: break
        }
    }

    private mutating func append(
        _ underlying: SimulatedUnderlying, isLast: Bool, quoteDate: Day, volumesAreDecimal: Bool
    ) {
        let profile = underlying.profile
        let vendor = VendorConventions(year: quoteDate.year)
        var quirks = RandomStream(configuration.seed, .rowQuirks, profile.index, Int(quoteDate.rawValue))
        var details = RandomStream(configuration.seed, .contracts, profile.index, Int(quoteDate.rawValue))
        let threshold = UInt64(configuration.quirkRate * 0x1p63) * 2
        let symbol = Array(profile.symbol.utf8)
        let root = Array(((vendor.hasPrefix ? "O:" : "") + profile.root).utf8)
        let shared = chain.nearVolatility * 2.2
        let quoteDateText = Array(quoteDate.description.utf8)

        for row in 0..<chain.count {
            let expiry = underlying.series[chain.series[row]].expiry.printed
            // A holiday file has no quotes of contracts that expired on the session before it.
            guard expiry >= quoteDate else { continue }
            let isPut = chain.kinds[row] == OptionKind.put.rawValue
            var fields = QuoteFields(
                root: root, symbol: symbol, expiry: expiry, isPut: isPut, strikeCents: chain.strikeCents[row],
                style: profile.style, bid: chain.bids[row], ask: chain.asks[row], volume: chain.volumes[row],
                openInterest: chain.openInterests[row], quoteDate: quoteDateText)
            let bits = details.next()
            if vendor.hasSizes {
                fields.bidSize = fields.bid == 0 ? 0 : 1 + Int(bits & 63) * Int(bits >> 6 & 15) / 4
                fields.askSize = 1 + Int(bits >> 10 & 63) * Int(bits >> 16 & 15) / 4
            }
            fields.volumeIsDecimal = volumesAreDecimal
            if vendor.hasEmptyVolumes, bits >> 20 & 255 == 0 { fields.volume = nil }
            if chain.isUnsolvable[row] {
                if vendor.sharesUnsolvable { setGreeks(&fields, row, vendor, volatility: shared) }
            } else if vendor.blankShare == 0 || Double(bits >> 32 & 0xFFFF) >= vendor.blankShare * 0x1p16 {
                setGreeks(&fields, row, vendor, volatility: chain.volatilities[row])
            }

            // Leave the last line intact, so that a defect at the end of a file has only one cause.
            guard threshold > 0, quirks.next() < threshold, !(isLast && row == chain.count - 1) else {
                count(fields)
                line.removeAll()
                fields.write(to: &line)
                buffer.append(line.bytes)
                continue
            }
            plant(RowQuirk.allCases[quirks.below(RowQuirk.allCases.count)], in: fields, quoteDate: quoteDate, &quirks)
        }
    }

    private func setGreeks(_ fields: inout QuoteFields, _ row: Int, _ vendor: VendorConventions, volatility: Double) {
        let theta =
            switch vendor.theta {
            case .unusable: abs(chain.columns.thetas[row]) * 91 + 0.3 * chain.columns.deltas[row]
            case .perYear: chain.columns.thetas[row] * 365
            case .perDay: chain.columns.thetas[row]
            }
        fields.greeks = (
            chain.columns.deltas[row], chain.columns.gammas[row], theta,
            chain.columns.vegas[row] * (vendor.vegaPerUnit ? 100 : 1), volatility
        )
    }

    /// Counts a good row and its oddities.
    private mutating func count(_ fields: QuoteFields) {
        lines += 1
        func add(_ oddity: KeptOddity) { kept[oddity.rawValue] += 1 }
        switch (fields.bid, fields.ask) {
        case (nil, nil): add(.noQuote)
        case (nil, _), (_, nil): add(.oneSided)
        case (let bid?, let ask?): if bid > ask { add(.crossed) }
        }
        if fields.bid == 0 { add(.zeroBid) }
        if fields.ask == 0 { add(.zeroAsk) }
        if fields.volume == nil { add(.emptyVolume) }
        if let greeks = fields.greeks {
            if (greeks.volatility * 10_000).rounded() >= 50_000 { add(.extremeVolatility) }
        } else {
            add(.emptyGreeks)
        }
    }

    /// Writes a row with one defect or oddity.
    private mutating func plant(_ quirk: RowQuirk, in good: QuoteFields, quoteDate: Day, _ random: inout RandomStream) {
        var fields = good
        switch quirk {
        case .noQuote: (fields.bid, fields.ask, fields.bidSize, fields.askSize) = (nil, nil, nil, nil)
        case .oneSided:
            if random.below(2) == 0 { (fields.bid, fields.bidSize) = (nil, nil) } else { (fields.ask, fields.askSize) = (nil, nil) }
        case .zeroAsk: (fields.bid, fields.ask) = (0, 0)
        case .crossed: (fields.bid, fields.ask) = ((good.ask ?? 0) + 5, good.bid)
        case .extremeVolatility:
            if var greeks = fields.greeks {
                greeks.volatility = 5 + 3 * random.uniform()
                fields.greeks = greeks
            } else {
                fields.greeks = (0.5, 0, 0, 0, 5 + 3 * random.uniform())
            }
        case .contractDisagrees: fields.columnStrikeCents = good.strikeCents + 100
        case .quoteDateDiffers: fields.quoteDate = Array(quoteDate.adding(days: -1).description.utf8)
        case .expired: fields.expiry = quoteDate.adding(days: -7)
        case .badStyle: fields.style = UInt8(ascii: "X")
        case .negativePrice: fields.bid = -25
        default: break
        }
        line.removeAll()
        fields.write(to: &line)
        if quirk.rejection == nil || quirk == .duplicateRow {
            count(fields)
            buffer.append(line.bytes)
            guard quirk == .duplicateRow else { return }
        }
        lines += 1
        rejected[quirk.rawValue] += 1
        buffer.append(damaged(line.bytes, by: quirk, &random))
    }

    /// Applies defects that do not concern values to a line.
    private func damaged(_ line: [UInt8], by quirk: RowQuirk, _ random: inout RandomStream) -> [UInt8] {
        var columns = line.dropLast().split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map(Array.init)
        switch quirk {
        case .wrongColumnCount:
            if random.below(2) == 0 { columns.removeLast(3) } else { columns.append([UInt8(ascii: "0")]) }
        case .nulByte: columns[1].insert(0, at: random.below(columns[1].count + 1))
        case .badContract: columns[0] = Array(columns[0].dropLast(4)) + [UInt8(ascii: "?")]
        case .badDate: columns[2] = Array("2014-13-45".utf8)
        case .badType: columns[3] = Array("both".utf8)
        case .unparsableNumber: columns[[6, 8, 11][random.below(3)]] = Array("1.2.3".utf8)
        default: return line
        }
        return Array(columns.joined(separator: [UInt8(ascii: ",")])) + [UInt8(ascii: "\n")]
    }

    /// Repeats the last line and truncates it, as a broken transfer does.
    private mutating func truncateLastLine() {
        let bytes = buffer.bytes
        var start = bytes.count - 1
        while start > 0, bytes[start - 1] != UInt8(ascii: "\n") { start -= 1 }
        // Up to the style column: too short to be taken for a complete line.
        var end = start
        var commas = 0
        while end < bytes.count, commas < 5 {
            if bytes[end] == UInt8(ascii: ",") { commas += 1 }
            end += 1
        }
        buffer.append(Array(bytes[start..<end]))
        lines += 1
    }

    /// Moves the last column to the front, in the header and in every line.
    private mutating func rotateColumns() {
        var rotated: [UInt8] = []
        rotated.reserveCapacity(buffer.count)
        for line in buffer.bytes.split(separator: UInt8(ascii: "\n")) {
            let comma = line.lastIndex(of: UInt8(ascii: ",")) ?? line.startIndex
            rotated += line[(comma + 1)...]
            rotated.append(UInt8(ascii: ","))
            rotated += line[..<comma]
            rotated.append(UInt8(ascii: "\n"))
        }
        buffer.replace(with: rotated)
    }

    private mutating func addCarriageReturns() {
        var longer: [UInt8] = []
        longer.reserveCapacity(buffer.count + lines + 1)
        for byte in buffer.bytes {
            if byte == UInt8(ascii: "\n") { longer.append(UInt8(ascii: "\r")) }
            longer.append(byte)
        }
        buffer.replace(with: longer)
    }
}
