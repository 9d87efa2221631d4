/// What to do with each byte of a text, where ASCII, as nearly all texts are, needs no more than a look-up.
struct ByteTable: Sendable {
    /// A byte's code: the byte that it adds to a word, which is a small letter or a digit, or one of those below, which
    /// are smaller than any of them.
    enum Code {
        static let removed: UInt8 = 0
        static let space: UInt8 = 1
        static let punctuation: UInt8 = 2
        /// Begins a scalar beyond ASCII, or stands where none can.
        static let multibyte: UInt8 = 3
        /// May begin an added token; where it does not, `plain` says what it is.
        static let added: UInt8 = 4
        /// The smallest byte that adds to a word.
        static let word: UInt8 = 0x10
    }

    /// Codes by byte.
    let codes: [UInt8]
    /// Codes by byte without `Code.added`.
    let plain: [UInt8]

    init(_ characters: CharacterTable, addedTokens: [[UInt8]]) {
        var plain = [UInt8](repeating: Code.multibyte, count: 256)
        for byte in 0..<UInt32(128) {
            let entry = characters.entry(byte)
            switch entry.kind {
            case .word:
                plain[Int(byte)] = UInt8(truncatingIfNeeded: entry.target(of: byte))
            case .space: plain[Int(byte)] = Code.space
            case .punctuation: plain[Int(byte)] = Code.punctuation
            default: plain[Int(byte)] = Code.removed
            }
        }
        var codes = plain
        for token in addedTokens {
            if let first = token.first { codes[Int(first)] = Code.added }
        }
        self.plain = plain
        self.codes = codes
    }
}
