import Testing
import TestSupport
import Tokenization

@Suite struct EncodingTests {
    private func tokenizer() throws -> WordPieceTokenizer {
        try WordPieceTokenizer(vocabulary: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "call", "##s", "put", "query", ":", "é", "e", "##e"])
    }

    @Test func packsTextsWithoutPadding() throws {
        var batch = TokenBatch()
        try tokenizer().encode(["calls", "", "put  put\n"], maxTokens: 16, into: &batch)
        #expect(batch.ids == [2, 4, 5, 3, 2, 3, 2, 6, 6, 3])
        #expect(batch.offsets == [0, 4, 6, 10])
        #expect(batch.count == 3)
        #expect(Array(batch[2]) == [2, 6, 6, 3])
        try tokenizer().encode(["put"], maxTokens: 16, into: &batch)
        #expect(batch.count == 4)
        batch.removeAll()
        #expect(batch == TokenBatch())
    }

    @Test func cutsAtTheLimit() throws {
        let tokenizer = try tokenizer()
        #expect(tokenizer.encode("calls calls", maxTokens: 2) == [2, 3])
        #expect(tokenizer.encode("calls calls", maxTokens: 3) == [2, 4, 3])
        #expect(tokenizer.encode("calls calls", maxTokens: 4) == [2, 4, 5, 3])
        // The second piece of the word is beyond the limit, and so is the reason why it is unknown.
        #expect(tokenizer.encode("callx", maxTokens: 3) == [2, 1, 3])
    }

    @Test func putsAPrefixBeforeEveryText() throws {
        let tokenizer = try tokenizer()
        for prefix in ["query: ", "query:", "query", "put calls "] {
            let texts = ["calls", "", "s put", "[SEP]"]
            for limit in [2, 3, 4, 5, 16] {
                var (apart, joined) = (TokenBatch(), TokenBatch())
                tokenizer.encode(texts, prefix: prefix, maxTokens: limit, into: &apart)
                tokenizer.encode(texts.map { prefix + $0 }, maxTokens: limit, into: &joined)
                #expect(apart == joined)
            }
        }
    }

    /// With `truncation_side: left` the last tokens of prefix and text together count, however they are put together.
    @Test func cutsAtTheLeft() throws {
        let folder = try TemporaryFolder()
        let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "call", "##s", "put", "query", ":", "é", "e", "##e"]
        try folder.write(pieces.map { $0 + "\n" }.joined(), to: "vocab.txt")
        let right = try WordPieceTokenizer(path: folder.file("vocab.txt"))
        try folder.write(#"{"truncation_side": "left"}"#, to: "tokenizer_config.json")
        let left = try WordPieceTokenizer(path: folder.file("vocab.txt"))
        #expect(right.truncationSide == .right && left.truncationSide == .left)
        #expect(left.encode("calls put", maxTokens: 4) == [2, 5, 6, 3])
        var random = SplitMix(state: 22)
        let parts = ["call", "calls", "putt", "query", ":", " ", "  ", "é", "e\u{301}", "\u{301}", "[SEP]", "x", "\u{0}", "日", "ee", "\n"]
        for _ in 0..<2000 {
            func text(_ most: Int) -> String {
                (0..<Int.random(in: 0...most, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
            }
            let texts = (0..<Int.random(in: 1...3, using: &random)).map { _ in text(9) }
            let prefix = Bool.random(using: &random) ? text(3) + " " : ""
            let limit = Int.random(in: 2...14, using: &random)
            var expected = TokenBatch()
            for text in texts {
                let all = right.encode(prefix + text, maxTokens: 500)
                expected.ids += all.prefix(1) + all.dropFirst().dropLast().suffix(limit - 2) + all.suffix(1)
                expected.offsets.append(Int32(expected.ids.count))
            }
            var (joined, bare, bytes) = (TokenBatch(), TokenBatch(), TokenBatch())
            left.encode(texts, prefix: prefix, maxTokens: limit, into: &joined)
            #expect(joined == expected, "\(prefix.debugDescription) \(texts) \(limit)")
            left.encode(texts, maxTokens: limit + Int.random(in: 0...20, using: &random), into: &bare)
            let tokens = try #require(left.tokens(ofPrefix: prefix))
            #expect(bare.inserting(tokens, maxTokens: limit, truncating: .left) == expected)
            let utf8 = texts.map { Array((prefix + $0).utf8) }
            let offsets = utf8.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
            left.encode(utf8: Array(utf8.joined()), offsets: offsets, maxTokens: limit, into: &bytes)
            #expect(bytes == expected)
        }
        try folder.write(#"{"truncation_side": "middle"}"#, to: "tokenizer_config.json")
        let error = #expect(throws: TokenizerError.self) { try WordPieceTokenizer(path: folder.file("vocab.txt")) }
        #expect(error.map { "\($0)" }?.contains("tokenizer_config.json") == true)
    }

    /// Adding a prefix and a limit to tokens equals tokenising with them. Models that share a tokenizer rely on this.
    @Test func prefixesAndLimitsCanBePutOntoTokens() throws {
        let tokenizer = try tokenizer()
        var random = SplitMix(state: 21)
        let pieces = [
            "call", "calls", "putt", "query", ":", " ", "  ", "é", "e\u{301}", "\u{301}", "[SEP]", "[CLS", "] ", "x", "\u{0}", "日", "ee", "\n",
        ]
        for _ in 0..<3000 {
            func text(_ most: Int) -> String {
                (0..<Int.random(in: 0...most, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            }
            let texts = (0..<Int.random(in: 0...3, using: &random)).map { _ in text(9) }
            let prefix = Bool.random(using: &random) ? text(3) + " " : ""
            let limit = Int.random(in: 2...14, using: &random)
            var (bare, expected) = (TokenBatch(), TokenBatch())
            tokenizer.encode(texts, maxTokens: limit + Int.random(in: 0...20, using: &random), into: &bare)
            tokenizer.encode(texts.map { prefix + $0 }, maxTokens: limit, into: &expected)
            let tokens = try #require(tokenizer.tokens(ofPrefix: prefix))
            #expect(bare.inserting(tokens, maxTokens: limit) == expected, "\(prefix.debugDescription) \(texts) \(limit)")
        }
        #expect(tokenizer.tokens(ofPrefix: "query:") == nil)
    }

    @Test func passesOverBytesThatAreNotUTF8() throws {
        let tokenizer = try tokenizer()
        let broken: [[UInt8]] = [
            [0xFF], [0x80], [0xC3], [0xC0, 0xAF], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xF5],
        ]
        for bytes in broken {
            // In the middle of a word, before a scalar that is whole, and at the end.
            let text = Array("ca".utf8) + bytes + Array("ll put".utf8) + bytes + Array("é".utf8) + bytes
            var batch = TokenBatch()
            tokenizer.encode(utf8: text, offsets: [0, text.count], maxTokens: 16, into: &batch)
            #expect(batch.ids == tokenizer.encode(String(decoding: text, as: UTF8.self), maxTokens: 16))
            #expect(batch.ids == tokenizer.encode("call puté", maxTokens: 16))
        }
    }

    @Test func readsTextsThatLieEndToEnd() throws {
        let tokenizer = try tokenizer()
        let texts = ["calls", "", "püt", "[SEP]", "call"]
        let utf8 = texts.flatMap { Array($0.utf8) }
        let offsets = texts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.utf8.count) }
        var (flat, single) = (TokenBatch(), TokenBatch())
        tokenizer.encode(utf8: utf8, offsets: offsets, maxTokens: 16, into: &flat)
        tokenizer.encode(texts, maxTokens: 16, into: &single)
        #expect(flat == single)
    }

    /// Any bytes at all give tokens of the vocabulary, within the limit, and the same ones as their repaired text.
    @Test func survivesAnyBytes() throws {
        let tokenizer = try tokenizer()
        var random = SplitMix(state: 9)
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 0..<64, using: &random)).map { _ in
                Bool.random(using: &random) ? UInt8.random(in: 0...255, using: &random) : UInt8.random(in: 32...126, using: &random)
            }
            var batch = TokenBatch()
            tokenizer.encode(utf8: bytes, offsets: [0, bytes.count], maxTokens: 12, into: &batch)
            #expect(batch.ids.count <= 12)
            #expect(batch.ids == tokenizer.encode(String(decoding: bytes, as: UTF8.self), maxTokens: 12))
        }
    }

    @Test func takesLongWordsInItsStride() throws {
        let tokenizer = try tokenizer()
        for unit in ["e", "é", "\u{1b44}", "\u{0301}", "\u{200b}", "한"] {
            let ids = tokenizer.encode(String(repeating: unit, count: 200_000) + " put", maxTokens: 512)
            #expect(ids.last == 3 && ids[ids.count - 2] == 6)
        }
        #expect(tokenizer.encode(String(repeating: "e", count: 100), maxTokens: 512).count == 102)
        #expect(tokenizer.encode(String(repeating: "e", count: 101), maxTokens: 512) == [2, 1, 3])
    }
}
