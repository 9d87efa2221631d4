import Base
import Foundation
import MarketData

/// Formats the numbers of an axis.
public struct Axis: Sendable {
    /// How a number is printed.
    public enum Format: Hashable, Sendable {
        case number
        /// 0.25 is 25 %.
        case percent
        case dollars
        /// Days since 1970-01-01, as dates.
        case days
    }

    /// What the numbers are.
    public var label: String
    public var format: Format
    /// The axis includes 0.
    public var includesZero: Bool

    public init(_ label: String, _ format: Format = .number, includesZero: Bool = false) {
        self.label = label
        self.format = format
        self.includesZero = includesZero
    }

    /// About `count` round values within a range, with their labels.
    func ticks(_ low: Double, _ high: Double, count: Int) -> [(value: Double, text: String)] {
        guard high > low, low.isFinite, high.isFinite else { return [(low, text(low, step: 1))] }
        if format == .days { return dateTicks(low, high, count: count) }
        let scale = format == .percent ? 100.0 : 1
        let step = Self.roundStep((high - low) * scale / Double(max(1, count))) / scale
        return stride(from: (low / step).rounded(.up), through: (high / step).rounded(.down), by: 1).map { place in
            (place * step, text(place * step, step: step))
        }
    }

    /// The smallest 1, 2 or 5 times a power of ten that is at least a number.
    private static func roundStep(_ least: Double) -> Double {
        let power = pow(10, log10(least).rounded(.down))
        return power * ([1, 2, 5, 10].first { power * $0 >= least * (1 - 1e-12) } ?? 10)
    }

    private func dateTicks(_ low: Double, _ high: Double, count: Int) -> [(value: Double, text: String)] {
        let days = max(1, ((high - low) / Double(max(1, count - 1))).rounded(.up))
        return stride(from: low.rounded(.up), through: high, by: days).map { ($0, Self.date($0)) }
    }

    /// Like `text(_:step:)`, for a single number: three digits or cents.
    func text(_ value: Double) -> String {
        let scale = format == .percent ? 100.0 : 1
        let size = abs(value * scale)
        let step = format == .dollars ? (size < 1000 ? 0.01 : 1) : size < 1 ? 0.001 : size < 10 ? 0.01 : size < 100 ? 0.1 : 1
        return text(value, step: step / scale)
    }

    private func text(_ value: Double, step: Double) -> String {
        switch format {
        case .days: return Self.date(value)
        case .number: return Self.fixed(value, step: step)
        case .percent: return Self.fixed(value * 100, step: step * 100) + " %"
        case .dollars: return (value < 0 ? "−$" : "$") + Self.fixed(abs(value), step: step)
        }
    }

    /// The step's number of decimals, with separated thousands.
    private static func fixed(_ value: Double, step: Double) -> String {
        let decimals = max(0, min(9, Int((-log10(step) - 1e-9).rounded(.up))))
        let text = String(format: "%.\(decimals)f", abs(value))
        let parts = text.split(separator: ".", maxSplits: 1)
        let whole = groupedByThousands(parts[0])
        let isZero = !text.contains { $0 != "0" && $0 != "." }
        return (value < 0 && !isZero ? "−" : "") + whole + (parts.count > 1 ? "." + parts[1] : "")
    }

    private static func date(_ value: Double) -> String { Day(rawValue: Int32(clamping: Int(value.rounded()))).description }
}
