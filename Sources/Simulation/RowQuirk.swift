/// What can be wrong or odd with one option row, and the name under which it is counted.
enum RowQuirk: Int, CaseIterable {
    case wrongColumnCount, nulByte, badContract, contractDisagrees, badDate, quoteDateDiffers, expired, badType, badStyle
    case unparsableNumber, negativePrice, duplicateRow
    case noQuote, oneSided, zeroAsk, crossed, extremeVolatility

    /// The reason for which a reader rejects the row, or `nil` when it should keep it.
    var rejection: String? {
        switch self {
        case .wrongColumnCount: "wrong column count"
        case .nulByte: "NUL byte"
        case .badContract: "bad contract"
        case .contractDisagrees: "contract disagrees with its columns"
        case .badDate: "bad date"
        case .quoteDateDiffers: "quote date differs"
        case .expired: "expired before its quote date"
        case .badType: "type is neither call nor put"
        case .badStyle: "style is neither A nor E"
        case .unparsableNumber: "unparsable number"
        case .negativePrice: "price negative"
        case .duplicateRow: "duplicate row"
        case .noQuote, .oneSided, .zeroAsk, .crossed, .extremeVolatility: nil
        }
    }
}

/// Oddities of rows that are kept.
enum KeptOddity: Int, CaseIterable {
    case noQuote, oneSided, zeroBid, zeroAsk, crossed, emptyGreeks, extremeVolatility, emptyVolume

    var name: String {
        switch self {
        case .noQuote: "no quote"
        case .oneSided: "one-sided"
        case .zeroBid: "zero bid"
        case .zeroAsk: "zero ask"
        case .crossed: "crossed"
        case .emptyGreeks: "empty greeks"
        case .extremeVolatility: "implied volatility of 500 % or more"
        case .emptyVolume: "empty volume"
        }
    }
}
