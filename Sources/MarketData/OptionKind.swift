/// Call or put. The raw value is stored in columns.
public enum OptionKind: UInt8, CaseIterable, Hashable, Sendable {
    case call = 0
    case put = 1

    /// The letter of an OCC symbol.
    public var letter: Character { self == .call ? "C" : "P" }

    /// The word of the `type` column: `call` or `put`.
    public var word: String { self == .call ? "call" : "put" }
}
