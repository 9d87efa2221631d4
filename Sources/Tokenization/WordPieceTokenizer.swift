/// Tokenizer of bert-base-uncased and of sentence encoders based on it. Text is cleaned, lower-cased and stripped of
/// accents, split at spaces and punctuation, and its words are split into the longest known pieces (WordPiece).
///
/// Gives the same ids as Hugging Face tokenizers for every text. Texts are read as UTF-8 in place; a batch needs no
/// allocation except to grow its arrays.
public struct WordPieceTokenizer: Sendable {
    struct AddedToken: Sendable {
        let text: [UInt8]
        let id: Int32
    }

    let characters = CharacterTable.shared
    let bytes: ByteTable
    let pieces: PieceTable
    /// Longest first.
    let addedTokens: [AddedToken]
    /// Ids of words that consist of one punctuation character, by byte.
    let punctuation: [Int32]
    let unknown: Int32
    let maximumWordLength: Int
    /// Side on which a text with too many tokens is truncated.
    public let truncationSide: TruncationSide
    /// Id of the token before each text, `[CLS]`.
    public let firstToken: Int32
    /// Id of the token after each text, `[SEP]`.
    public let lastToken: Int32
    /// Largest id plus one: the number of rows that a word embedding needs.
    public let vocabularySize: Int

    init(_ vocabulary: Vocabulary, path: String) throws(TokenizerError) {
        pieces = try PieceTable(vocabulary, path: path)
        let table = pieces
        func id(_ token: String) throws(TokenizerError) -> Int32 {
            guard let id = table.id(token) else { throw TokenizerError(path, "its vocabulary lacks \(token)") }
            return id
        }
        unknown = try id(vocabulary.unknown)
        firstToken = if let first = vocabulary.first { first } else { try id("[CLS]") }
        lastToken = if let last = vocabulary.last { last } else { try id("[SEP]") }
        addedTokens = vocabulary.addedTokens.filter { !$0.text.isEmpty }
            .sorted { $0.text.count > $1.text.count }
            .map { AddedToken(text: $0.text, id: $0.id) }
        bytes = ByteTable(characters, addedTokens: addedTokens.map(\.text))
        maximumWordLength = vocabulary.maximumWordLength
        truncationSide = vocabulary.truncationSide
        let fallback = unknown
        punctuation = (0..<128).map { byte in table.id(String(UnicodeScalar(UInt8(byte)))) ?? fallback }
        let largest = max(vocabulary.ids.max() ?? 0, addedTokens.map(\.id).max() ?? 0, firstToken, lastToken)
        vocabularySize = Int(largest) + 1
    }

    /// Makes a tokenizer from a vocabulary. Its pieces are numbered from 0 and must include `[UNK]`, `[CLS]` and `[SEP]`.
    ///
    /// `[PAD]`, `[UNK]`, `[CLS]`, `[SEP]` and `[MASK]` are recognised in texts if the vocabulary contains them.
    /// - Throws: `TokenizerError` when a piece occurs twice, or one of the three required pieces is missing.
    public init(vocabulary: [String]) throws(TokenizerError) {
        var pieces = Vocabulary()
        for (id, piece) in vocabulary.enumerated() {
            pieces.text.append(contentsOf: piece.utf8)
            pieces.endPiece(id: Int32(id))
        }
        pieces.addSpecialTokens()
        try self.init(pieces, path: "vocabulary")
    }

    /// Appends the tokens of texts to a batch.
    /// - Parameters:
    ///   - texts: the texts; an empty or blank text becomes `[CLS]` and `[SEP]`.
    ///   - prefix: text that a model expects before each text, such as `"query: "`; tokenised only once.
    ///   - maxTokens: maximum number of tokens of a text, including `[CLS]` and `[SEP]`, at least 2. Further tokens are
    ///     dropped on the side given by `truncationSide`. The prefix is part of the text.
    ///   - batch: receives the tokens.
    public func encode(
        _ texts: some Sequence<String>, prefix: String = "", maxTokens: Int, into batch: inout TokenBatch
    ) {
        guard truncationSide == .right else {
            for text in texts {
                var text = prefix + text
                text.withUTF8 { encodeEnd(of: $0, maxTokens: maxTokens, into: &batch) }
            }
            return
        }
        let isApart = Self.isApart(prefix)
        withScanner(maxTokens: maxTokens) { scanner in
            if isApart {
                var prefix = prefix
                prefix.withUTF8 { scanner.beginEveryText(with: $0) }
            }
            for text in texts {
                var text = isApart || prefix.isEmpty ? text : prefix + text
                text.withUTF8 { bytes in
                    scanner.scan(bytes)
                    append(scanner, to: &batch)
                }
            }
        }
    }

    /// Appends the last tokens of a text. All tokens must be found first, since words are read from the start.
    private func encodeEnd(of text: UnsafeBufferPointer<UInt8>, maxTokens: Int, into batch: inout TokenBatch) {
        withScanner(maxTokens: Self.tokenLimit(of: text.count)) { scanner in
            scanner.scan(text)
            append(scanner, last: maxTokens - 2, to: &batch)
        }
    }

    /// Maximum number of tokens for `byteCount` bytes, including the first and last token. A character gives up to four,
    /// those of its decomposition.
    private static func tokenLimit(of byteCount: Int) -> Int { 4 * byteCount + 2 }

    /// Only white space separates the last word of a prefix from the first word of a text.
    private static func isApart(_ prefix: String) -> Bool { prefix.utf8.last == UInt8(ascii: " ") }

    /// Tokens of a prefix before any text: `encode(texts, prefix: prefix, …)` equals `encode(texts, …)` with these tokens
    /// inserted (`TokenBatch.inserting(_:maxTokens:truncating:)`).
    /// - Returns: `nil` for a prefix that does not end in a space, since a text may continue its last word.
    public func tokens(ofPrefix prefix: String) -> [Int32]? {
        guard !prefix.isEmpty else { return [] }
        guard Self.isApart(prefix) else { return nil }
        return Array(encode(prefix, maxTokens: Self.tokenLimit(of: prefix.utf8.count)).dropFirst().dropLast())
    }

    /// Appends the tokens of texts that are concatenated in a buffer.
    /// - Parameters:
    ///   - utf8: the texts; bytes that are not UTF-8 are ignored, as is U+FFFD.
    ///   - offsets: start of each text, followed by the end of the last. They must ascend and lie within the buffer;
    ///     otherwise the program stops.
    ///   - maxTokens: maximum number of tokens of a text, including `[CLS]` and `[SEP]`, at least 2.
    ///   - batch: receives the tokens.
    public func encode(utf8: [UInt8], offsets: [Int], maxTokens: Int, into batch: inout TokenBatch) {
        utf8.withUnsafeBufferPointer { buffer in
            let texts = zip(offsets, offsets.dropFirst()).lazy.map { UnsafeBufferPointer(rebasing: buffer[$0..<$1]) }
            guard truncationSide == .right else {
                for text in texts { encodeEnd(of: text, maxTokens: maxTokens, into: &batch) }
                return
            }
            withScanner(maxTokens: maxTokens) { scanner in
                for text in texts {
                    scanner.scan(text)
                    append(scanner, to: &batch)
                }
            }
        }
    }

    /// Tokens of one text, from `[CLS]` to `[SEP]`.
    public func encode(_ text: String, maxTokens: Int) -> [Int32] {
        var batch = TokenBatch()
        encode(CollectionOfOne(text), maxTokens: maxTokens, into: &batch)
        return batch.ids
    }

    private func withScanner<Result>(maxTokens: Int, _ body: (inout Scanner) throws -> Result) rethrows -> Result {
        precondition(maxTokens >= 2, "a text has at least the two tokens that begin and end it")
        // A character has at most four bytes, so a word that fills the buffer is too long.
        let wordCapacity = 4 * (maximumWordLength + 1)
        return try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: wordCapacity + PieceTable.padding) { word in
            try withUnsafeTemporaryAllocation(of: Int32.self, capacity: maxTokens) { tokens in
                guard let wordStart = word.baseAddress, let tokenStart = tokens.baseAddress else {
                    preconditionFailure("a temporary allocation has an address")
                }
                word.initialize(repeating: 0)
                tokens.initialize(repeating: 0)
                return try bytes.codes.withUnsafeBufferPointer { codes in
                    try pieces.withView { pieces in
                        var scanner = Scanner(
                            tokenizer: self, pieces: pieces, codes: codes, word: wordStart, wordCapacity: wordCapacity,
                            tokens: tokenStart, tokenLimit: maxTokens - 2)
                        return try body(&scanner)
                    }
                }
            }
        }
    }

    @inline(__always)
    private func append(_ scanner: borrowing Scanner, last count: Int = .max, to batch: inout TokenBatch) {
        let kept = min(scanner.tokenCount, count)
        batch.ids.append(firstToken)
        batch.ids.append(contentsOf: UnsafeBufferPointer(start: scanner.tokens + (scanner.tokenCount - kept), count: kept))
        batch.ids.append(lastToken)
        batch.offsets.append(Int32(batch.ids.count))
    }
}
