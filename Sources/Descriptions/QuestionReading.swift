import MarketData

/// One question while it is read: its tokens, which of them are used, and what was found.
///
/// The matchers are in extensions, one file each, and run in the order of `read()`: what an earlier one has used, a
/// later one does not see.
struct QuestionReading {
    let vocabulary: QuestionVocabulary
    let aliases: AliasTable
    let symbols: Set<String>
    let asOf: Day?
    let scalars: [Unicode.Scalar]
    let tokens: [QuestionToken]
    /// A question all in capitals says nothing by a word's capitals.
    let isShouted: Bool
    var isUsed: [Bool]
    /// Used by a name or a kind: words that may stand inside another phrase ("high Apple call volume").
    var isTransparent: [Bool]
    var findings: [QuestionFinding] = []

    init(_ text: String, vocabulary: QuestionVocabulary, aliases: AliasTable, symbols: Set<String>, asOf: Day?) {
        (tokens, scalars) = QuestionTokenizer.tokens(of: text)
        self.vocabulary = vocabulary
        self.aliases = aliases
        self.symbols = symbols
        self.asOf = asOf
        isUsed = Array(repeating: false, count: tokens.count)
        isTransparent = isUsed
        let words = tokens.filter { $0.form == .word }
        isShouted = words.count > 1 && words.allSatisfy { $0.lettering == .upper }
    }

    mutating func read() {
        skipFalseNegations()
        readListedContracts()
        readDates(years: false)
        readNames()
        readCategoriesAndNumbers()
        readKinds()
        readDates(years: true)
        turnDatesOfListedContractsIntoExpirations()
        findings.sort { $0.span.lowerBound < $1.span.lowerBound }
        readNegations()
    }

    // MARK: Looking

    /// The most members of one list ("90, 95 or 100") that are read: keeps the time linear in the question's length.
    static let listLimit = 12

    func isFree(_ index: Int) -> Bool { index >= 0 && index < tokens.count && !isUsed[index] }

    /// The text of a free token, or "".
    func word(_ index: Int) -> String { isFree(index) ? tokens[index].text : "" }

    /// The length of a table's longest phrase at a token; 0 for none.
    func length<Meaning>(_ table: QuestionPhraseTable<Meaning>, at index: Int) -> Int {
        longest(table, at: index)?.length ?? 0
    }

    func longest<Meaning>(
        _ table: QuestionPhraseTable<Meaning>, at index: Int
    ) -> (length: Int, meanings: [Meaning])? {
        table.longest(at: index, in: tokens, isFree: isFree)
    }

    func isComma(_ index: Int) -> Bool { isFree(index) && tokens[index].isMark(",") }

    /// The original spelling of tokens.
    func text(_ span: Range<Int>) -> String {
        guard !span.isEmpty, span.lowerBound >= 0, span.upperBound <= tokens.count else { return "" }
        let range = tokens[span.lowerBound].range.lowerBound..<tokens[span.upperBound - 1].range.upperBound
        return String(String.UnicodeScalarView(scalars[range]))
    }

    // MARK: Using

    mutating func use(_ span: Range<Int>) {
        for index in span where index < isUsed.count { isUsed[index] = true }
    }

    mutating func add(_ meaning: QuestionFinding.Meaning, _ span: Range<Int>) {
        findings.append(QuestionFinding(meaning: meaning, span: span))
    }

    private mutating func skipFalseNegations() {
        for index in tokens.indices {
            let length = length(vocabulary.falseNegations, at: index)
            if length > 0 { use(index..<index + length) }
        }
    }

    /// "AAPL140621C00090000": root, expiry, kind, strike in thousandths (OCC's Options Symbology Initiative).
    private mutating func readListedContracts() {
        for index in tokens.indices where isFree(index) && tokens[index].form == .word {
            let bytes = Array(tokens[index].text.utf8)
            guard bytes.count >= 16, bytes.count <= 21 else { continue }
            let tail = bytes.suffix(15).map { Int($0) - 48 }
            let kindByte = bytes[bytes.count - 9]
            let digits = tail[0..<6] + tail[7...]
            guard digits.allSatisfy({ (0...9).contains($0) }), kindByte == 99 || kindByte == 112,
                let day = Day(
                    year: 2000 + tail[0] * 10 + tail[1], month: tail[2] * 10 + tail[3], day: tail[4] * 10 + tail[5])
            else { continue }
            let strike = Double(tail[7...].reduce(0) { $0 * 10 + $1 }) / 1000
            let root = tokens[index].text.dropLast(15).uppercased()
            let span = index..<index + 1
            add(.underlyings([root]), span)
            add(.expiration(QuestionDays(from: day, to: day)), span)
            add(.kinds([kindByte == 99 ? .call : .put], isGeneric: false), span)
            add(.number(.strike, [QuestionBounds(min: strike, max: strike)]), span)
            use(span)
        }
    }
}
