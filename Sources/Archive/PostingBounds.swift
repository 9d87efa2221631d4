import Descriptions
import MarketData

/// Bounds of the numbers of a description's rows in the description index: the lowest and the highest of a few columns, one byte
/// each.
///
/// A code stands for the numbers from 2^-8 to 2^24 in steps of an eighth of an octave: 32 octaves of 8 codes, 0 for everything up to
/// the lowest. Codes preserve the order of the numbers.
package enum PostingBounds {
    /// Fields of questions, in the order of their bytes: low, high, low, high …
    package static let fields = ["strike", "volume", "openInterest", "iv", "bid", "ask", "delta", "theta", "gamma", "vega", "spread"]
    /// Bytes of a description or posting.
    package static var width: Int { 2 * fields.count }

    /// The code of a number; NaN has none.
    package static func code(_ number: Float) -> UInt8 {
        guard number > 0x1p-8 else { return 0 }
        guard number < 0x1p24 else { return .max }
        // The exponent and the first three bits of the fraction are the number's logarithm, rounded down.
        return UInt8(clamping: Int(number.bitPattern >> 20) - Int(Float(0x1p-8).bitPattern >> 20))
    }

    /// The codes of the lowest and the highest number of some rows.
    struct Codes {
        var low: UInt8
        var high: UInt8

        init(low: UInt8, high: UInt8) { (self.low, self.high) = (low, high) }

        /// Reads the codes of a field from the bounds that begin at a place.
        init(_ bytes: UnsafeMutableRawBufferPointer, at place: Int, field: Int) {
            self.init(low: bytes[place + 2 * field], high: bytes[place + 2 * field + 1])
        }

        func store(in bytes: UnsafeMutableRawBufferPointer, at place: Int, field: Int) {
            bytes[place + 2 * field] = low
            bytes[place + 2 * field + 1] = high
        }

        func union(_ other: Codes) -> Codes { Codes(low: min(low, other.low), high: max(high, other.high)) }
    }

    /// The codes that mean "no number".
    static let none = Codes(low: .max, high: 0)

    /// The codes of one column of a batch by description: low and high.
    /// - Parameters:
    ///   - numbers: of all rows.
    ///   - rowStart: description `i` owns rows `rowStart[i] ..< rowStart[i + 1]`.
    static func codes(_ numbers: [Double], rowStart: [UInt64]) -> [Codes] {
        numbers.withUnsafeBufferPointer { numbers in
            (0..<max(0, rowStart.count - 1)).map { description in
                var (low, high) = (Double.infinity, -Double.infinity)
                for row in Int(rowStart[description])..<Int(rowStart[description + 1]) where !numbers[row].isNaN {
                    low = min(low, numbers[row])
                    high = max(high, numbers[row])
                }
                // Rounding to Float could round up to the next step, which would make the lower bound too high.
                return low <= high ? Codes(low: code(Float(low).nextDown), high: code(Float(high).nextUp)) : none
            }
        }
    }
}
