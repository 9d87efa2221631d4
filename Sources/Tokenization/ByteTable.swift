/// Classifies the bytes of a text. ASCII, which is almost all text, needs only a look-up.
struct ByteTable: Sendable {
    /// Code of a byte: either the byte that it adds to a word (a lower-case letter or a digit), or one of the codes below,
    /// which are smaller than any such byte.
    enum Code {
        static let removed: UInt8 = 0
        static let space: UInt8 = 1
        static let punctuation: UInt8 = 2
        /// Starts a non-ASCII scalar, or is invalid.
        static let multibyte: UInt8 = 3
        /// May start an added token; if it does not, `plain` gives its code.
        static let added: UInt8 = 4
        /// Smallest byte that can be added to a word.
        static let word: UInt8 = 0x10
    }

    /// Codes by byte.
    let codes: [UInt8]
    /// Codes by byte, without `Code.added`.
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
