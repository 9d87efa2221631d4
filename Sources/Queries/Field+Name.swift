import MarketData
public import Questions

extension RowColumn {
    /// The field by which questions refer to the column.
    var questionField: Field? { field.flatMap { Field(rawValue: $0) } }
}

extension Field {
    /// The field of a name in JSON, in a column of the store, or in the typed form of a question: `iv`, `implied_volatility`,
    /// `openInterest`, `open-interest`.
    public init?(name: String) {
        func plain(_ text: some StringProtocol) -> String { text.lowercased().filter { $0.isLetter || $0.isNumber } }
        let wanted = plain(name)
        let stored = OptionRows.columns.first { plain($0.name) == wanted }?.questionField
        guard let field = stored ?? Field.allCases.first(where: { plain($0.rawValue) == wanted }) else { return nil }
        self = field
    }

    /// Names of the fields that search can sort by, as in JSON.
    public static var searchable: [String] { allCases.filter(RowBlock.computes).map(\.snakeCase).sorted() }
}
