/// Words and phrases with their terminals: one trie over word numbers.
struct Gazetteer: Sendable {
    struct Entry: Sendable {
        var symbol: Int
        var value: Value
        /// Counts only when the first word is written with a capital.
        var needsCapital: Bool
    }

    /// Word hash → word number.
    private(set) var wordNumbers: [UInt64: Int32] = [:]
    private(set) var spellings: [String] = []
    /// (node, word) → node; node 0 is the root.
    private var edges: [UInt64: Int32] = [:]
    private(set) var entries: [[Entry]] = [[]]
    /// Whether the word may replace a misspelt one.
    private(set) var isCorrection: [Bool] = []

    func wordNumber(_ hash: UInt64) -> Int32 { wordNumbers[hash] ?? -1 }

    func next(_ node: Int32, _ word: Int32) -> Int32? { edges[UInt64(UInt32(bitPattern: node)) << 32 | UInt64(UInt32(bitPattern: word))] }

    /// Adds a phrase; a phrase may have several terminals, each symbol once (the first stays).
    mutating func insert(_ phrase: String, _ symbol: Int, _ value: Value, needsCapital: Bool = false, corrects: Bool = true) {
        let tokens = Lexer.tokens(of: phrase).filter { !$0.isSeparator }
        insert(tokens, text: phrase, symbol, value, needsCapital: needsCapital, corrects: corrects)
    }

    mutating func insert(
        _ tokens: [Token], text: String, _ symbol: Int, _ value: Value, needsCapital: Bool = false, corrects: Bool = true
    ) {
        guard !tokens.isEmpty else { return }
        var node: Int32 = 0
        let bytes = Array(text.utf8)
        for token in tokens {
            let word = intern(token, bytes, corrects: corrects)
            let key = UInt64(UInt32(bitPattern: node)) << 32 | UInt64(UInt32(bitPattern: word))
            if let next = edges[key] {
                node = next
            } else {
                edges[key] = Int32(entries.count)
                node = Int32(entries.count)
                entries.append([])
            }
        }
        let place = Int(node)
        if let known = entries[place].firstIndex(where: { $0.symbol == symbol }) {
            // A company's name may belong to several tickers.
            if case .symbols(let more) = value, case .symbols(let list) = entries[place][known].value {
                entries[place][known].value = .symbols(list + more.filter { !list.contains($0) })
            }
            return
        }
        entries[place].append(Entry(symbol: symbol, value: value, needsCapital: needsCapital))
    }

    mutating func replace(_ changed: [Entry], at node: Int) { entries[node] = changed }

    private mutating func intern(_ token: Token, _ bytes: [UInt8], corrects: Bool) -> Int32 {
        if let known = wordNumbers[token.hash] {
            if corrects, case .word = token.kind { isCorrection[Int(known)] = true }
            return known
        }
        let number = Int32(spellings.count)
        wordNumbers[token.hash] = number
        spellings.append(String(decoding: bytes[token.range], as: UTF8.self).lowercased())
        if case .word = token.kind { isCorrection.append(corrects) } else { isCorrection.append(false) }
        return number
    }
}
