/// A defect or oddity of one option row, and its name in counts.
enum RowQuirk: Int, CaseIterable {
    case wrongColumnCount, nulByte, badContract, contractDisagrees, badDate, quoteDateDiffers, expired, badType, badStyle
    case unparsableNumber, negativePrice, duplicateRow
    case noQuote, oneSided, zeroAsk, crossed, extremeVolatility

    /// Reason for which a reader rejects the row; `nil` if it should keep the row.
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

/// Oddities of rows that a reader should keep.
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
