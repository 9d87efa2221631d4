/// Tickers and contract roots of one file by number, in the order of their first occurrence.
public struct SymbolTable: Sendable {
    /// The texts; a ticker is text, never a number, a boolean or a missing value.
    public private(set) var names: [String]

    public init(names: [String] = []) {
        self.names = names
    }

    public var count: Int { names.count }

    /// The text of a number that a row of the same file carries.
    public subscript(number: UInt32) -> String { names[Int(number)] }

    mutating func append(_ name: String) {
        names.append(name)
    }
}
