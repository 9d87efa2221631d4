/// Bytes of CSV lines. Numbers are written in their short form: no trailing zeros, no exponent.
struct LineBuffer {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    var count: Int { bytes.count }

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    mutating func removeLast(_ count: Int) { bytes.removeLast(count) }

    mutating func replace(with other: [UInt8]) { bytes = other }

    @inline(__always)
    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    @inline(__always)
    mutating func append(_ text: [UInt8]) { bytes.append(contentsOf: text) }

    @inline(__always)
    mutating func comma() { bytes.append(UInt8(ascii: ",")) }

    mutating func append(_ value: Int) {
        guard value >= 0 else {
            bytes.append(UInt8(ascii: "-"))
            append(-value)
            return
        }
        if value < 10 {
            bytes.append(48 &+ UInt8(truncatingIfNeeded: value))
            return
        }
        var digits = 1
        var power = 10
        while digits < 18, power <= value {
            power *= 10
            digits += 1
        }
        append(value, digits: digits)
    }

    /// Appends a number with leading zeros.
    mutating func append(_ value: Int, digits: Int) {
        let start = bytes.count
        for _ in 0..<digits { bytes.append(48) }
        var rest = UInt(bitPattern: value)
        var at = start + digits - 1
        while rest > 0, at >= start {
            bytes[at] = 48 &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
            at -= 1
        }
    }

    /// Appends `value` / 10^`decimals` without trailing zeros: 1520 with two decimals is 15.2.
    mutating func append(_ value: Int, decimals: Int) {
        var magnitude = value
        if value < 0 {
            bytes.append(UInt8(ascii: "-"))
            magnitude = -value
        }
        let scale = Self.powers[decimals]
        append(magnitude / scale)
        var fraction = magnitude % scale
        guard fraction > 0 else { return }
        var digits = decimals
        while fraction % 10 == 0 {
            fraction /= 10
            digits -= 1
        }
        bytes.append(UInt8(ascii: "."))
        append(fraction, digits: digits)
    }

    /// Appends a number rounded to `decimals` decimals.
    mutating func append(_ value: Double, decimals: Int) {
        append(Int((value * Double(Self.powers[decimals])).rounded()), decimals: decimals)
    }

    /// Appends a date as `YYYY-MM-DD`.
    mutating func append(iso day: Self.Date) {
        append(day.year, digits: 4)
        bytes.append(UInt8(ascii: "-"))
        append(day.month, digits: 2)
        bytes.append(UInt8(ascii: "-"))
        append(day.day, digits: 2)
    }

    typealias Date = (year: Int, month: Int, day: Int)

    private static let powers = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]
}
