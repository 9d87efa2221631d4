/// The kinds of rows, which a store keeps in separate batches.
public enum RowKind: String, CaseIterable, Codable, Hashable, Sendable {
    /// Quotes of option contracts.
    case options
    /// Daily bars of stocks.
    case stocks
}
