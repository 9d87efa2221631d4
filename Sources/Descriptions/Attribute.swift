/// A property in descriptions, apart from underlying and kind. Each has a few ordered categories (the lexicon).
///
/// A row's category in an attribute is its *code*: 0 when the input is missing, otherwise 1 for the lexicon's first category, 2
/// for the second, and so on, at most 7. Each code takes three bits of a `DescriptionKey`.
public enum Attribute: String, CaseIterable, Codable, Sendable {
    case moneyness, tenor, impliedVolatility, volume, openInterest, unusualActivity, spread
    case underlyingMove, regime
    case gap, range, relativeVolume, trend, drawdown, realisedVolatility

    /// Position of the code's three bits in a key. Options and stocks share the slots that only one of them uses.
    package var slot: UInt64 {
        switch self {
        case .underlyingMove: 0
        case .regime: 1
        case .moneyness, .gap: 2
        case .tenor, .range: 3
        case .impliedVolatility, .relativeVolume: 4
        case .volume, .trend: 5
        case .openInterest, .drawdown: 6
        case .unusualActivity, .realisedVolatility: 7
        case .spread: 8
        }
    }

    /// The instruments whose rows can carry the attribute.
    public func applies(to kind: InstrumentKind) -> Bool {
        switch self {
        case .underlyingMove, .regime: true
        case .moneyness, .tenor, .impliedVolatility, .volume, .openInterest, .unusualActivity, .spread: kind != .stock
        case .gap, .range, .relativeVolume, .trend, .drawdown, .realisedVolatility: kind == .stock
        }
    }
}

/// The instrument of a row. Raw values are stored.
public enum InstrumentKind: UInt8, CaseIterable, Codable, Sendable {
    case call = 1
    case put = 2
    case stock = 3

    /// The word used in JSON results and evaluation files.
    public var name: String {
        switch self {
        case .call: "call"
        case .put: "put"
        case .stock: "stock"
        }
    }
}
