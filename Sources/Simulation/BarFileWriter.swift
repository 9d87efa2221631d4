import Foundation
import MarketData

/// Writes the lines of stock files, with planted defects.
struct BarFileWriter {
    let configuration: SimulationConfiguration
    let sessions: [Day]
    private(set) var rows = PlantedQuirks.Rows()

    init(configuration: SimulationConfiguration, sessions: [Day]) {
        self.configuration = configuration
        self.sessions = sessions
    }

    /// All bars of a session; this is the layout before 2010.
    mutating func crossSection(_ underlyings: [SimulatedUnderlying], session: Int) -> [UInt8] {
        var text = LineBuffer(capacity: underlyings.count * 60)
        text.append(Array("symbol,open,high,low,close,volume,adjust_close\n".utf8))
        for underlying in underlyings {
            let bars = underlying.path.bars
            // Adjusted to the share basis at the end of the simulation; there are no dividends.
            let last = bars[bars.count - 1]
            let adjusted = bars[session].close * bars[session].shares / last.shares
            append(
                bars[session], key: Array(underlying.profile.symbol.utf8), adjusted: adjusted,
                underlying: underlying.profile.index, session: session, to: &text)
        }
        return text.bytes
    }

    /// All bars of a symbol; this is the layout from 2010 on.
    mutating func history(_ underlying: SimulatedUnderlying, from first: Int) -> [UInt8] {
        var text = LineBuffer(capacity: (sessions.count - first) * 50)
        text.append(Array("trade_date,Open,High,Low,Close,Volume\n".utf8))
        for session in first..<sessions.count {
            append(
                underlying.path.bars[session], key: Array(sessions[session].description.utf8), adjusted: nil,
                underlying: underlying.profile.index, session: session, to: &text)
        }
        return text.bytes
    }

    private mutating func append(
        _ good: UnderlyingPath.Bar, key: [UInt8], adjusted: Double?, underlying: Int, session: Int, to text: inout LineBuffer
    ) {
        var bar = good
        var random = RandomStream(configuration.seed, .stockQuirks, underlying, Int(sessions[session].rawValue))
        var reason: String?
        var columnIsMissing = false
        if random.uniform() < configuration.quirkRate {
            switch random.below(4) {
            case 0:
                bar.close = 0
                reason = "price not positive"
            case 1:
                bar.low = -bar.low
                reason = "price negative"
            case 2 where bar.high > bar.low:
                (bar.high, bar.low) = (bar.low, bar.high)
                reason = "high below low"
            default:
                columnIsMissing = true
                reason = "wrong column count"
            }
        }
        text.append(key)
        for price in [bar.open, bar.high, bar.low] + (columnIsMissing ? [] : [bar.close]) {
            text.comma()
            text.append(price, decimals: 4)
        }
        text.comma()
        text.append(bar.volume)
        if let adjusted {
            text.comma()
            text.append(adjusted, decimals: 6)
        }
        text.append(UInt8(ascii: "\n"))
        rows.lines += 1
        if let reason { rows.rejected[reason, default: 0] += 1 }
    }
}
