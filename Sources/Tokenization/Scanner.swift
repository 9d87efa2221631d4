/// Converts the UTF-8 of a text to tokens in one pass, using memory that is allocated once per batch.
///
/// Bytes are cleaned, lower-cased and split as they are read. The bytes of a word are collected in `word` until the word
/// ends; then it is split into its longest pieces, from the left.
///
/// The pointers belong to arrays that outlive the scanner (`WordPieceTokenizer.withScanner`). The tables' construction
/// bounds all indices into them. `word` and `tokens` are written only within the limits that are checked beside each write.
struct Scanner {
    let pieces: PieceTable.View
    let characters: CharacterTable
    let codes: UnsafeBufferPointer<UInt8>
    let tokenizer: WordPieceTokenizer
    /// The normalised word so far; `PieceTable.padding` bytes longer than `wordCapacity`.
    let word: UnsafeMutablePointer<UInt8>
    /// Maximum bytes kept of a word: more than any word of up to `maximumWordLength` characters has.
    let wordCapacity: Int
    /// The tokens of the text so far; room for `tokenLimit`.
    let tokens: UnsafeMutablePointer<Int32>
    let tokenLimit: Int

    private(set) var tokenCount = 0
    /// Number of tokens that every text starts with; see `beginEveryText(with:)`.
    private var prefixCount = 0
    /// Bytes of the word so far.
    private var wordLength = 0
    /// Number of these bytes that do not start a character.
    private var wordContinuationBytes = 0
    /// Start of the current run of marks in `word`, and end of its last mark. Consecutive marks are kept in canonical order;
    /// `runEnd` is -1 if a following mark starts a new run.
    private var runStart = 0
    private var runEnd = -1

    init(
        tokenizer: WordPieceTokenizer, pieces: PieceTable.View, codes: UnsafeBufferPointer<UInt8>,
        word: UnsafeMutablePointer<UInt8>, wordCapacity: Int, tokens: UnsafeMutablePointer<Int32>, tokenLimit: Int
    ) {
        self.tokenizer = tokenizer
        self.pieces = pieces
        self.characters = tokenizer.characters
        self.codes = codes
        self.word = word
        self.wordCapacity = wordCapacity
        self.tokens = tokens
        self.tokenLimit = tokenLimit
    }

    /// Puts the tokens of a prefix before those of every text scanned from now on.
    mutating func beginEveryText(with prefix: UnsafeBufferPointer<UInt8>) {
        scan(prefix)
        prefixCount = tokenCount
    }

    /// Finds the tokens of a text, up to the limit, without the first and last token.
    mutating func scan(_ text: UnsafeBufferPointer<UInt8>) {
        tokenCount = prefixCount
        var position = 0
        while position < text.count, tokenCount < tokenLimit {
            let byte = text[position]
            var code = codes[Int(byte)]
            if code == ByteTable.Code.added {
                if let token = addedToken(at: position, in: text) {
                    endWord()
                    emit(token.id)
                    position += token.text.count
                    continue
                }
                code = tokenizer.bytes.plain[Int(byte)]
            }
            if code >= ByteTable.Code.word {
                append(code)
                position += 1
                continue
            }
            switch code {
            case ByteTable.Code.space:
                endWord()
                position += 1
            case ByteTable.Code.punctuation:
                endWord()
                emit(tokenizer.punctuation[Int(byte)])
                position += 1
            case ByteTable.Code.multibyte:
                position += scanScalar(at: position, in: text)
            default:
                position += 1
            }
        }
        endWord()
    }

    @inline(__always)
    private mutating func emit(_ id: Int32) {
        guard tokenCount < tokenLimit else { return }
        tokens[tokenCount] = id
        tokenCount += 1
    }

    @inline(__always)
    private mutating func append(_ byte: UInt8) {
        guard wordLength < wordCapacity else { return }
        word[wordLength] = byte
        wordLength += 1
    }

    /// The longest added token at a position.
    private func addedToken(at position: Int, in text: UnsafeBufferPointer<UInt8>) -> WordPieceTokenizer.AddedToken? {
        tokenizer.addedTokens.first { token in
            token.text.count <= text.count - position
                && token.text.indices.allSatisfy { token.text[$0] == text[position + $0] }
        }
    }

    @inline(__always)
    private mutating func endWord() {
        guard wordLength > 0 else { return }
        let length = wordLength
        let count = length - wordContinuationBytes
        wordLength = 0
        wordContinuationBytes = 0
        runEnd = -1
        guard count <= tokenizer.maximumWordLength else { return emit(tokenizer.unknown) }
        if let id = pieces.id(PieceTable.Key(word, length, continues: false)) {
            emit(id)
        } else {
            split(length)
        }
    }

    /// Emits the pieces of a word that is not itself a piece: the longest piece that starts it, then the longest that
    /// continues it, and so on. If this fails, emits only the unknown token.
    private mutating func split(_ length: Int) {
        let firstToken = tokenCount
        var start = 0
        while start < length {
            let longest = start == 0 ? tokenizer.pieces.maximumLengths.initial : tokenizer.pieces.maximumLengths.continuing
            var end = min(length, start + longest)
            var found: Int32?
            while end > start {
                // Pieces are whole characters.
                if end == length || word[end] & 0xC0 != 0x80 {
                    found = pieces.id(PieceTable.Key(word + start, end - start, continues: start > 0))
                    if found != nil { break }
                }
                end -= 1
            }
            guard let found else {
                tokenCount = firstToken
                return emit(tokenizer.unknown)
            }
            emit(found)
            start = end
        }
    }
}

// MARK: - Non-ASCII text

extension Scanner {
    /// Processes the scalar that starts at `position`.
    /// - Returns: number of its bytes; 1 for an invalid byte, which is removed, as is U+FFFD.
    private mutating func scanScalar(at position: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
        guard let (scalar, length) = Self.decode(at: position, in: text) else { return 1 }
        let entry = characters.entry(scalar)
        switch entry.kind {
        case .word:
            append(scalar: entry.target(of: scalar), rank: entry.rank)
        case .removed: break
        case .removedStarter:
            runEnd = -1
        case .space:
            endWord()
        case .punctuation:
            endWord()
            append(scalar: entry.target(of: scalar), rank: 0)
            endWord()
        case .sequence:
            let start = Int(entry.target(of: scalar))
            for index in 1...Int(characters.sequences[start]) {
                let part = characters.sequences[start + index]
                append(scalar: part, rank: characters.rank(part))
            }
        case .hangul:
            // The Unicode Standard, section 3.12.
            let index = scalar - 0xAC00
            append(scalar: 0x1100 + index / 588, rank: 0)
            append(scalar: 0x1161 + index % 588 / 28, rank: 0)
            if index % 28 != 0 { append(scalar: 0x11A7 + index % 28, rank: 0) }
        }
        return length
    }

    /// Adds a scalar to the word. A mark is inserted before the marks of its run that follow it in canonical order.
    private mutating func append(scalar: UInt32, rank: UInt32) {
        let length = scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4
        guard wordLength + length <= wordCapacity else {
            // The word is too long to be looked up. Keep nothing more of it, but fill the buffer so that it stays too long.
            while wordLength < wordCapacity { append(0x78) }
            return
        }
        var place = wordLength
        if rank > 0 {
            if runEnd != wordLength { runStart = wordLength }
            while place > runStart {
                var previous = place - 1
                while previous > runStart, word[previous] & 0xC0 == 0x80 { previous -= 1 }
                let before = UnsafeBufferPointer(start: word, count: wordLength)
                guard let (mark, _) = Self.decode(at: previous, in: before), characters.rank(mark) > rank else { break }
                place = previous
            }
            (word + place + length).update(from: word + place, count: wordLength - place)
            runEnd = wordLength + length
        }
        switch length {
        case 1: word[place] = UInt8(truncatingIfNeeded: scalar)
        case 2: word[place] = UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6)
        case 3: word[place] = UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12)
        default: word[place] = UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18)
        }
        for index in 1..<max(1, length) {
            let shift = UInt32(6 * (length - 1 - index))
            word[place + index] = UInt8(truncatingIfNeeded: 0x80 | (scalar >> shift & 0x3F))
        }
        wordLength += length
        wordContinuationBytes += length - 1
    }

    /// The scalar that starts at `position` and its number of bytes; `nil` for invalid UTF-8.
    private static func decode(at position: Int, in text: UnsafeBufferPointer<UInt8>) -> (UInt32, Int)? {
        let first = UInt32(text[position])
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard length == 1 || first >= 0xC2, first < 0xF5, position + length <= text.count else { return nil }
        guard length > 1 else { return (first, 1) }
        var scalar = first & (0x7F >> UInt32(length))
        for index in 1..<length {
            let byte = UInt32(text[position + index])
            guard byte & 0xC0 == 0x80 else { return nil }
            scalar = scalar << 6 | byte & 0x3F
        }
        switch length {
        case 3 where scalar < 0x800 || 0xD800...0xDFFF ~= scalar: return nil
        case 4 where scalar < 0x10000 || scalar > 0x10FFFF: return nil
        default: return (scalar, length)
        }
    }
}
