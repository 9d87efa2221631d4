/// Where a text with too many tokens is cut.
public enum TruncationSide: String, Sendable, Hashable {
    /// At its beginning: the last tokens count.
    case left
    /// At its end.
    case right
}

/// A tokenizer's pieces and numbers as a file gives them, before they are laid out for look-up.
struct Vocabulary: Sendable {
    /// UTF-8 of all pieces, end to end.
    var text: [UInt8] = []
    /// Where each piece begins in `text`, and last where the last one ends.
    var offsets: [Int] = [0]
    /// The pieces' numbers.
    var ids: [Int32] = []
    /// Strings found in a text before anything else is done to it, such as `[SEP]`, with their numbers.
    var addedTokens: [(text: [UInt8], id: Int32)] = []
    var unknown = "[UNK]"
    /// Numbers of the tokens before and after each text; looked up in the pieces where a file does not give them.
    var first: Int32?
    var last: Int32?
    var truncationSide = TruncationSide.right
    /// Words of more characters are unknown.
    var maximumWordLength = 100

    /// What begins a piece that continues a word.
    static let continuation = Array("##".utf8)
    /// Largest number of pieces, which a slot of `PieceTable` can tell apart.
    static let maximumCount = 1 << 20 - 1

    /// Adds the piece that was appended to `text` last.
    mutating func endPiece(id: Int32) {
        offsets.append(text.count)
        ids.append(id)
    }

    func piece(_ index: Int) -> ArraySlice<UInt8> { text[offsets[index]..<offsets[index + 1]] }
}
