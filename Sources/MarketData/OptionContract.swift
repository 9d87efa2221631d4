import Base

/// A listed option contract: the content of an OCC symbol.
///
/// One printed form (`AAPL240119C00150000`), several accepted ones; see `init(parsing:)`.
public struct OptionContract: Hashable, Sendable {
    /// The OCC root: mostly the underlying's ticker, with a digit for adjusted contracts (`AAPL1`). Upper case.
    public let root: String
    /// The last day on which the symbol can be exercised or traded, as listed (a Saturday for monthlies before 2015).
    public let expiry: Day
    public let kind: OptionKind
    /// The strike price × 1000, above 0 and below 100,000,000.
    public let strikeThousandths: Int32

    /// The strike price in dollars.
    public var strike: Double { Double(strikeThousandths) / 1000 }

    /// A contract from its parts; the root is upper-cased.
    ///
    /// - Throws: `ContractError` if a part cannot be printed in an OCC symbol.
    public init(
        root: String, expiry: Day, kind: OptionKind, strikeThousandths: Int32
    ) throws(ContractError) {
        guard let root = Self.root(Array(root.utf8)[...]) else { throw .root(text: root) }
        guard Self.expiries.contains(expiry) else { throw .expiry(text: expiry.description) }
        guard Self.strikes.contains(strikeThousandths) else { throw .strike(text: String(strikeThousandths)) }
        self.init(validRoot: root, expiry: expiry, kind: kind, strikeThousandths: strikeThousandths)
    }

    /// Reads a contract in any common spelling, in either case, ignoring blanks around it:
    ///
    /// - `AAPL240119C00150000`, the OCC symbol: root, YYMMDD, C or P, strike × 1000 in eight digits;
    /// - `AAPL  240119C00150000`, the same with the root set apart (padded to six in the OCC's 21-character form);
    /// - `O:AAPL240119C00150000`, the same with a vendor's prefix;
    /// - `AAPL_20240119_150_C`, root, date, strike in dollars, C or P.
    ///
    /// Two-digit years are 2000 to 2099.
    /// - Throws: `ContractError` naming the problem of the text.
    public init(parsing text: String) throws(ContractError) {
        var bytes = Array(text.utf8)[...]
        while let last = bytes.last, last == UInt8(ascii: " ") { bytes.removeLast() }
        while let first = bytes.first, first == UInt8(ascii: " ") { bytes.removeFirst() }
        if bytes.contains(UInt8(ascii: "_")) {
            try self.init(underscored: bytes, text: text)
        } else {
            try self.init(occ: bytes, text: text)
        }
    }

    private init(validRoot: String, expiry: Day, kind: OptionKind, strikeThousandths: Int32) {
        self.root = validRoot
        self.expiry = expiry
        self.kind = kind
        self.strikeThousandths = strikeThousandths
    }

    private init(occ symbol: ArraySlice<UInt8>, text: String) throws(ContractError) {
        var symbol = symbol
        let start = symbol.startIndex
        if symbol.count > 2, symbol[start] | 0x20 == UInt8(ascii: "o"), symbol[start + 1] == UInt8(ascii: ":") {
            symbol.removeFirst(2)
        }
        // The root may contain digits, so the fixed fields are counted from the right.
        guard symbol.count > 15 else { throw .shape(text: text) }
        let tail = symbol.endIndex - 15
        var rootBytes = symbol[..<tail]
        while let last = rootBytes.last, last == UInt8(ascii: " ") { rootBytes.removeLast() }
        guard let date = Self.number(symbol[tail..<tail + 6]),
            let thousandths = Self.number(symbol[(tail + 7)...])
        else { throw .shape(text: text) }
        guard let kind = Self.kind(symbol[tail + 6]) else { throw .kind(text: text) }
        guard let root = Self.root(rootBytes) else { throw .root(text: text) }
        guard let expiry = Day(year: 2000 + date / 10_000, month: date / 100 % 100, day: date % 100)
        else { throw .expiry(text: text) }
        guard let strike = Int32(exactly: thousandths), Self.strikes.contains(strike)
        else { throw .strike(text: text) }
        self.init(validRoot: root, expiry: expiry, kind: kind, strikeThousandths: strike)
    }

    private init(underscored symbol: ArraySlice<UInt8>, text: String) throws(ContractError) {
        let fields = symbol.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        guard fields.count == 4, fields[1].count == 8, let date = Self.number(fields[1]), fields[3].count == 1
        else { throw .shape(text: text) }
        guard let root = Self.root(fields[0]) else { throw .root(text: text) }
        guard let expiry = Day(year: date / 10_000, month: date / 100 % 100, day: date % 100),
            Self.expiries.contains(expiry)
        else { throw .expiry(text: text) }
        guard let strike = Self.thousandths(fields[2]), Self.strikes.contains(strike)
        else { throw .strike(text: text) }
        guard let letter = fields[3].first, let kind = Self.kind(letter) else { throw .kind(text: text) }
        self.init(validRoot: root, expiry: expiry, kind: kind, strikeThousandths: strike)
    }

    private static let strikes: ClosedRange<Int32> = 1...99_999_999
    /// 2000-01-01 to 2099-12-31.
    private static let expiries = Day(rawValue: 10_957)...Day(rawValue: 47_481)

    private static func kind(_ letter: UInt8) -> OptionKind? {
        switch letter | 0x20 {
        case UInt8(ascii: "c"): .call
        case UInt8(ascii: "p"): .put
        default: nil
        }
    }

    /// The upper-cased root; `nil` if it is invalid.
    private static func root(_ bytes: ArraySlice<UInt8>) -> String? {
        guard (1...6).contains(bytes.count) else { return nil }
        var hasLetter = false
        var upper: [UInt8] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"):
                upper.append(byte & ~0x20)
                hasLetter = true
            case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                upper.append(byte)
                hasLetter = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."): upper.append(byte)
            default: return nil
            }
        }
        return hasLetter ? String(decoding: upper, as: UTF8.self) : nil
    }

    /// The value of 1 to 9 decimal digits and nothing else.
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard (1...9).contains(bytes.count) else { return nil }
        var value = 0
        for byte in bytes {
            guard byte >= 48, byte <= 57 else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        return value
    }

    /// Dollars with an optional fraction of up to three digits (trailing zeros beyond are allowed), × 1000.
    private static func thousandths(_ bytes: ArraySlice<UInt8>) -> Int32? {
        let halves = bytes.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = halves.first, let dollars = number(whole) else { return nil }
        guard halves.count == 2 else { return Int32(exactly: dollars * 1000) }
        var fraction = halves[1]
        while fraction.count > 3, fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
        guard fraction.count <= 3, let digits = number(fraction) else { return nil }
        let scale = [1000, 100, 10, 1][fraction.count]
        return Int32(exactly: dollars * 1000 + digits * scale)
    }
}

extension OptionContract: CustomStringConvertible {
    /// The OCC symbol without padding or prefix: `AAPL240119C00150000`.
    public var description: String {
        let (year, month, day) = expiry.civil
        return root + zeroPadded(year % 100 * 10_000 + month * 100 + day, 6) + String(kind.letter)
            + zeroPadded(Int(strikeThousandths), 8)
    }
}

extension OptionContract: Comparable {
    /// By root, expiry, kind (calls first) and strike: the order of the printed symbols within a root.
    public static func < (left: OptionContract, right: OptionContract) -> Bool {
        if left.root != right.root { return left.root < right.root }
        if left.expiry != right.expiry { return left.expiry < right.expiry }
        if left.kind != right.kind { return left.kind == .call }
        return left.strikeThousandths < right.strikeThousandths
    }
}

extension OptionContract: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do throws(ContractError) {
            try self.init(parsing: text)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
