import Base
import Foundation
public import MarketData

/// Scores trading relative to open interest and to its own past. Definitions: docs/analyses.md.
public struct FlowDetector: Sendable {
    /// Contracts with less volume are not events.
    public var leastVolume = 100
    /// Events with a lower score are left out.
    public var leastScore = 3.0
    /// Minimum number of known sessions for a trailing mean.
    public var leastSessions = 5

    public init() {}

    /// The most unusual contracts and underlyings of a day.
    public func detect(_ days: some Sequence<FlowDay>, limit: Int = 50, asOf day: Day) -> FlowReport {
        var report = FlowReport(
            as_of: day, results: [], contracts: 0, volume_unknown: 0, not_plain: 0,
            caveat: "end-of-day volume does not say who bought, nor whether positions were opened; open interest is that of the previous close")
        var events: [FlowEvent] = []
        for one in days {
            let plain = one.contracts.filter {
                ContractSeries(root: $0.quote.contract.root, underlying: one.underlying, expiry: $0.quote.expiry) == .plain
            }
            let known = plain.filter { $0.quote.volume >= 0 }
            report.contracts += one.contracts.count
            report.not_plain += one.contracts.count - plain.count
            report.volume_unknown += plain.count - known.count
            for contract in known where contract.quote.volume >= leastVolume { events.append(event(contract, one)) }
            if let event = event(of: known, one) { events.append(event) }
        }
        report.results = Array(events.filter { $0.score >= leastScore }.sorted(by: Self.isHigher).prefix(max(0, limit)))
        return report
    }

    private static func isHigher(_ left: FlowEvent, _ right: FlowEvent) -> Bool {
        if left.score != right.score { return left.score > right.score }
        if left.underlying != right.underlying { return left.underlying < right.underlying }
        return (left.contract?.description ?? "") < (right.contract?.description ?? "")
    }

    /// log₂ of a ratio, from 0 to 5 points: one for each doubling.
    private func doublings(_ ratio: Double) -> Double { ratio > 1 ? min(5, log2(ratio)) : 0 }

    /// The mean of the last 20 known volumes; `nil` if too few are known.
    private func mean(_ trailing: [Int]) -> Double? {
        let known = trailing.suffix(20).filter { $0 >= 0 }
        return known.count >= leastSessions ? Double(known.reduce(0, +)) / Double(known.count) : nil
    }

    private func event(_ contract: FlowContract, _ day: FlowDay) -> FlowEvent {
        let quote = contract.quote
        let volume = Double(quote.volume)
        var parts = Parts()
        if quote.openInterest >= 0 {
            let ratio = volume / Double(max(1, quote.openInterest))
            parts.add(.volumeOverOpenInterest, ratio, doublings(ratio)) {
                "volume \(Self.number(ratio)) times the open interest of the previous close (\(quote.volume) against \(quote.openInterest))"
            }
        }
        if let mean = mean(contract.trailing) {
            let ratio = (volume + 1) / (mean + 1)
            parts.add(.volumeOverOwn, ratio, doublings(ratio)) { "volume \(Self.number(ratio)) times the contract's mean of 20 sessions" }
        }
        if let mean = mean(day.trailing), mean > 0 {
            let share = volume / mean
            // A tenth of the usual volume of all options of the underlying gives the first point.
            parts.add(.volumeOverUnderlying, share, doublings(share * 20)) {
                "\(Self.number(share * 100)) % of the usual volume of all options of \(day.underlying)"
            }
        }
        let notional = quote.mid.isNaN ? nil : volume * quote.mid * 100
        if let notional { addNotional(notional, &parts) }
        if contract.isNewStrike { parts.add(.newStrike, 1, 1) { "a strike first listed on this day" } }
        return FlowEvent(
            underlying: day.underlying, contract: quote.contract, quote_date: day.day, volume: quote.volume,
            open_interest: quote.openInterest >= 0 ? quote.openInterest : nil, notional: notional, score: parts.score, parts: parts.parts,
            reasons: parts.reasons)
    }

    private func addNotional(_ notional: Double, _ parts: inout Parts) {
        // A point for each factor of 10 above $100,000.
        parts.add(.notional, notional, notional > 100_000 ? min(4, log10(notional / 100_000)) : 0) {
            "premium of $\(Self.number(notional)) at mids"
        }
    }

    private func event(of contracts: [FlowContract], _ day: FlowDay) -> FlowEvent? {
        let total = contracts.reduce(0) { $0 + $1.quote.volume }
        guard total >= leastVolume else { return nil }
        var parts = Parts()
        let interest = contracts.reduce(0) { $0 + max(0, $1.quote.openInterest) }
        if interest > 0 {
            let ratio = Double(total) / Double(interest)
            parts.add(.volumeOverOpenInterest, ratio, doublings(ratio)) { "volume \(Self.number(ratio)) times the open interest" }
        }
        if let mean = mean(day.trailing) {
            let ratio = Double(total + 1) / (mean + 1)
            parts.add(.volumeOverUnderlying, ratio, doublings(ratio)) { "volume \(Self.number(ratio)) times its mean of 20 sessions" }
        }
        let notional = contracts.reduce(0) { $0 + ($1.quote.mid.isNaN ? 0 : Double($1.quote.volume) * $1.quote.mid * 100) }
        addNotional(notional, &parts)
        addImbalance(contracts, &parts)
        addCluster(contracts, &parts, total: total, interest: interest)
        return FlowEvent(
            underlying: day.underlying, contract: nil, quote_date: day.day, volume: total, open_interest: interest, notional: notional,
            score: parts.score, parts: parts.parts, reasons: parts.reasons)
    }

    /// (Calls − puts) / (calls + puts), weighted by delta.
    private func addImbalance(_ contracts: [FlowContract], _ parts: inout Parts) {
        var (calls, puts) = (0.0, 0.0)
        for contract in contracts where !contract.delta.isNaN {
            let shares = Double(contract.quote.volume) * abs(contract.delta)
            if contract.quote.kind == .call { calls += shares } else { puts += shares }
        }
        guard calls + puts > 0 else { return }
        let imbalance = (calls - puts) / (calls + puts)
        // One side usually dominates, so points start at three quarters.
        parts.add(.deltaImbalance, imbalance, max(0, abs(imbalance) - 0.5) * 4) {
            "\(imbalance > 0 ? "calls" : "puts") are \(Self.number((1 + abs(imbalance)) * 50)) % of the volume in terms of delta"
        }
    }

    /// The expiry whose share of the volume most exceeds its share of the open interest.
    private func addCluster(_ contracts: [FlowContract], _ parts: inout Parts, total: Int, interest: Int) {
        var byExpiry: [Day: (volume: Int, interest: Int)] = [:]
        for contract in contracts {
            byExpiry[contract.quote.expiry, default: (0, 0)].volume += contract.quote.volume
            byExpiry[contract.quote.expiry, default: (0, 0)].interest += max(0, contract.quote.openInterest)
        }
        guard byExpiry.count > 1, total > 0, interest > 0 else { return }
        // An expiry without open interest would be infinitely unusual, so add a hundredth to every share.
        func excess(_ one: (volume: Int, interest: Int)) -> Double {
            (Double(one.volume) / Double(total)) / (Double(one.interest) / Double(interest) + 0.01)
        }
        guard let most = byExpiry.max(by: { (excess($0.value), $1.key) < (excess($1.value), $0.key) }) else { return }
        let share = Double(most.value.volume) / Double(total)
        guard share >= 0.25 else { return }
        parts.add(.expiryCluster, excess(most.value), doublings(excess(most.value)) / 2) {
            "\(Self.number(share * 100)) % of the volume is in the expiry of \(most.key), which has \(Self.number(Double(most.value.interest) / Double(interest) * 100)) % of the open interest"
        }
    }

    /// Three significant digits.
    private static func number(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
        if abs(value) >= 1000, abs(value) < 1e15 { return (value < 0 ? "-" : "") + groupedByThousands(String(Int(abs(value).rounded()))) }
        let scale = pow(10, 2 - (log10(abs(value))).rounded(.down))
        let text = "\((value * scale).rounded() / scale)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private struct Parts {
        var parts: [FlowPart] = []
        var reasons: [String] = []
        var score: Double { parts.reduce(0) { $0 + $1.points } }

        /// Parts without points give no reasons.
        mutating func add(_ name: FlowPartName, _ value: Double, _ points: Double, _ reason: () -> String) {
            guard points > 0 else { return }
            parts.append(FlowPart(name: name, value: value, points: points))
            reasons.append(reason())
        }
    }
}
