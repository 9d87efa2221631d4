/// A description as one integer: the ticker's number in the store, the kind, and a three-bit code per attribute.
///
/// Two rows have the same description exactly when their keys, masked to the attributes that the template uses, are equal.
/// Deduplication is therefore a set of integers, a stored description takes eight bytes, sorting by key makes one underlying's
/// rows adjacent, and a constraint on a category is a bit test. The sign bit is clear, so a key is also the 64-bit id of its
/// vector in a FAISS index.
///
/// Layout, from bit 0: nine slots of three bits (`Attribute.slot`), ten bits unused, two bits of kind (37–38), 24 bits
/// of ticker number (39–62).
public struct DescriptionKey: RawRepresentable, Hashable, Comparable, Sendable {
    public var rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    package init(ticker: UInt32, kind: InstrumentKind) {
        rawValue = UInt64(ticker) << DescriptionKey.tickerShift | UInt64(kind.rawValue) << DescriptionKey.kindShift
    }

    package static let kindShift: UInt64 = 37
    package static let tickerShift: UInt64 = 39
    /// The most tickers a store can hold.
    public static let tickerLimit = 1 << 24
    /// The bits of the ticker.
    package static let tickerMask = UInt64(tickerLimit - 1) << tickerShift
    /// Ticker and kind, no attribute.
    package static let identityMask: UInt64 = ~((1 << kindShift) - 1) & UInt64(Int64.max)

    /// The number of the ticker in the store's table.
    public var ticker: UInt32 { UInt32(truncatingIfNeeded: rawValue >> DescriptionKey.tickerShift) & 0xFF_FFFF }

    /// `nil` only for a key that no describer made.
    public var kind: InstrumentKind? {
        InstrumentKind(rawValue: UInt8(truncatingIfNeeded: rawValue >> DescriptionKey.kindShift) & 3)
    }

    /// The category code of an attribute: 0 when the row had no such input.
    public subscript(attribute: Attribute) -> UInt8 {
        get { UInt8(truncatingIfNeeded: rawValue >> (attribute.slot * 3)) & 7 }
        set {
            rawValue = rawValue & ~(7 << (attribute.slot * 3)) | UInt64(newValue & 7) << (attribute.slot * 3)
        }
    }

    public static func < (left: DescriptionKey, right: DescriptionKey) -> Bool { left.rawValue < right.rawValue }
}
