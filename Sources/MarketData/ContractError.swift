public import Base

/// Why a text is not a valid symbol of an option contract.
public enum ContractError: TapedeckError, Hashable {
    /// The text has none of the accepted shapes.
    case shape(text: String)
    /// The root is empty, longer than six characters, or contains characters other than letters, digits and dots.
    case root(text: String)
    /// The expiry is not a date of the years 2000 to 2099.
    case expiry(text: String)
    /// The letter between expiry and strike is neither C nor P.
    case kind(text: String)
    /// The strike is not a number above 0 and below 100,000 with at most three decimals.
    case strike(text: String)
}

extension ContractError {
    public var kind: ErrorKind { .invalidInput }

    public var description: String {
        let (text, problem) =
            switch self {
            case .shape(let text):
                (text, "expected a contract such as AAPL240119C00150000, O:AAPL240119C00150000 or AAPL_20240119_150_C")
            case .root(let text): (text, "the root must be 1 to 6 letters, digits or dots, with at least one letter")
            case .expiry(let text): (text, "the expiry is not a date of the years 2000 to 2099")
            case .kind(let text): (text, "the option's kind must be C or P")
            case .strike(let text):
                (text, "the strike must be above 0 and below 100000 with at most three decimals")
            }
        // The quoted text may come from a damaged file, so keep it short and on one line.
        let shown = text.unicodeScalars.prefix(40).map { $0.properties.generalCategory == .control ? "�" : String($0) }
        return "not an option contract: \"\(shown.joined())\": \(problem)"
    }
}
