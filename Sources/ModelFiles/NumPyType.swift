/// Type of a NumPy number, as named in a pickle: `f8`, `i4`, `b1`.
struct NumPyType: Sendable, Equatable {
    /// Size limit of numbers that are read, in bytes.
    static let mostBytes = 8

    private enum Kind: Character {
        case truth = "b", signed = "i", unsigned = "u", real = "f"
    }

    private let kind: Kind
    private let byteCount: Int
    private var isBigEndian = false

    /// - Returns: `nil` for anything but booleans, integers and floating-point numbers of at most 8 bytes.
    init?(_ name: String) {
        guard let kind = name.first.flatMap(Kind.init(rawValue:)) else { return nil }
        let sizes: [String: Int] = kind == .truth ? ["1": 1] : kind == .real ? ["2": 2, "4": 4, "8": 8] : ["1": 1, "2": 2, "4": 4, "8": 8]
        guard let byteCount = sizes[String(name.dropFirst())] else { return nil }
        self.kind = kind
        self.byteCount = byteCount
    }

    /// The type with a byte order: `<`, `>`, `=` (native, which is little-endian) or `|` (not applicable).
    /// - Returns: `nil` for any other text.
    func ordered(_ order: String) -> NumPyType? {
        guard ["<", ">", "=", "|"].contains(order) else { return nil }
        var type = self
        type.isBigEndian = order == ">"
        return type
    }

    /// Decodes a number from its bytes.
    /// - Parameter bits: the bytes, first byte least significant.
    /// - Returns: `nil` when `count` is not the size of the type.
    func number(_ bits: UInt64, count: Int) -> TorchObjects.Node? {
        guard count == byteCount else { return nil }
        let unused = 64 - 8 * byteCount
        let ordered = isBigEndian ? bits.byteSwapped >> unused : bits
        switch kind {
        case .truth: return .bool(ordered != 0)
        case .signed: return .integer(Int(Int64(bitPattern: ordered << unused) >> unused))
        case .unsigned: return Int(exactly: ordered).map { .integer($0) } ?? .number(Double(ordered))
        case .real:
            switch byteCount {
            case 2: return .number(Double(Float(halfBits: UInt16(truncatingIfNeeded: ordered))))
            case 4: return .number(Double(Float(bitPattern: UInt32(truncatingIfNeeded: ordered))))
            default: return .number(Double(bitPattern: ordered))
            }
        }
    }
}
