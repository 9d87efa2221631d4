/// Side on which a text with too many tokens is truncated.
public enum TruncationSide: String, Sendable, Hashable {
    /// Start of the text: the last tokens are kept.
    case left
    /// End of the text: the first tokens are kept.
    case right
}

/// A tokenizer's pieces and ids as given in a file, before they are arranged for look-up.
struct Vocabulary: Sendable {
    /// UTF-8 of all pieces, concatenated.
    var text: [UInt8] = []
    /// Start of each piece in `text`, followed by the end of the last piece.
    var offsets: [Int] = [0]
    /// Ids of the pieces.
    var ids: [Int32] = []
    /// Strings that are found in a text before any other processing, such as `[SEP]`, with their ids.
    var addedTokens: [(text: [UInt8], id: Int32)] = []
    var unknown = "[UNK]"
    /// Ids of the tokens before and after each text; looked up in the pieces if the file does not give them.
    var first: Int32?
    var last: Int32?
    var truncationSide = TruncationSide.right
    /// Words with more characters are unknown.
    var maximumWordLength = 100

    /// Prefix of pieces that continue a word.
    static let continuation = Array("##".utf8)
    /// Maximum number of pieces, which the bits of a slot in `PieceTable` determine.
    static let maximumCount = 1 << 20 - 1

    /// Ends the piece that was last appended to `text`, and adds it.
    mutating func endPiece(id: Int32) {
        offsets.append(text.count)
        ids.append(id)
    }

    func piece(_ index: Int) -> ArraySlice<UInt8> { text[offsets[index]..<offsets[index + 1]] }
}
