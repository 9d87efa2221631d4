/// The kinds of rows that a source has and a store keeps apart.
public enum RowKind: String, CaseIterable, Codable, Hashable, Sendable {
    /// Quotes of option contracts.
    case options
    /// Daily bars of stocks.
    case stocks
}
