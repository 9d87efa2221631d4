import Foundation
import StrictJSON
import Testing
import TestSupport
import Tokenization

@Suite struct TokenizerFileTests {
    /// A whole tokenizer.json over eight pieces.
    static let valid = """
        {"version":"1.0","truncation":{"max_length":3},"padding":null,"added_tokens":[\
        {"id":0,"content":"[UNK]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},\
        {"id":1,"content":"[CLS]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},\
        {"id":2,"content":"[SEP]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],\
        "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,\
        "lowercase":true},"pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":{"type":"TemplateProcessing",\
        "single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},\
        {"SpecialToken":{"id":"[SEP]","type_id":0}}],"pair":[],"special_tokens":{"[CLS]":{"id":"[CLS]","ids":[1],\
        "tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[2],"tokens":["[SEP]"]}}},"decoder":{"type":"WordPiece"},\
        "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",\
        "max_input_chars_per_word":100,"vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"call":3,"##s":4,"put":5,"$":6,"\\u00fc":7}}}
        """

    private func load(_ text: String, name: String = "tokenizer.json") throws -> WordPieceTokenizer {
        let folder = NSTemporaryDirectory() + "/tapedeck-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(text.utf8).write(to: URL(filePath: folder + "/" + name))
        return try WordPieceTokenizer(path: folder + "/" + name)
    }

    @Test func readsATokenizerFile() throws {
        let tokenizer = try load(Self.valid)
        #expect(tokenizer.encode("Calls, $PUT [SEP]", maxTokens: 64) == [1, 3, 4, 0, 6, 5, 2, 2])
        #expect(tokenizer.vocabularySize == 8)
        #expect(tokenizer.firstToken == 1 && tokenizer.lastToken == 2)
    }

    @Test func readsAVocabularyOfLines() throws {
        for newline in ["\n", "\r\n"] {
            let lines = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "call", "##s"].joined(separator: newline) + newline
            #expect(try load(lines, name: "vocab.txt").encode("calls [PAD]x", maxTokens: 64) == [2, 4, 5, 0, 1, 3])
        }
    }

    /// A change to the file, and a word that its refusal must contain.
    @Test(arguments: [
        (#""type":"WordPiece","unk_token""#, #""type":"BPE","unk_token""#, "BPE"),
        (#""type":"BertNormalizer""#, #""type":"NFC""#, "NFC"), (#""lowercase":true"#, #""lowercase":false"#, "lowercase"),
        (#""strip_accents":null"#, #""strip_accents":false"#, "accents"), (#""clean_text":true,"#, "", "clean_text"),
        (#""type":"BertPreTokenizer""#, #""type":"Whitespace""#, "Whitespace"),
        (###""continuing_subword_prefix":"##""###, #""continuing_subword_prefix":"@@""#, "@@"),
        (#""type":"TemplateProcessing""#, #""type":"ByteLevel""#, "post_processor"),
        (#""single":[{"#, #""single":[{"Sequence":{"id":"A"}},{"#, "post_processor"),
        (#""ids":[1]"#, #""ids":[1,2]"#, "post_processor"), (#""ids":[1]"#, #""ids":[-1]"#, "number"),
        (#""single_word":false"#, #""single_word":true"#, "single_word"), (#""normalized":false"#, #""normalized":true"#, "normalized"),
        (#""unk_token":"[UNK]""#, #""unk_token":"<unk>""#, "<unk>"), (#""put":5"#, #""call":5"#, "twice"),
        (#""put":5"#, #""put":-5"#, "number"), (#""put":5"#, #""put":99999999"#, "number"), (#""put":5"#, #""put":5.5"#, "tokenizer.json"),
        (#""put":5"#, #""put":"5""#, "tokenizer.json"), (#""max_input_chars_per_word":100"#, #""max_input_chars_per_word":0"#, "max_input"),
        ("\"model\":", "\"models\":", "no model"), (#""version":"1.0","#, #""version":"#, "tokenizer.json"), ("}}}", "}}", "tokenizer.json"),
    ])
    func refusesByName(_ old: String, _ new: String, _ word: String) throws {
        let changed = Self.valid.replacingOccurrences(of: old, with: new)
        #expect(changed != Self.valid)
        let error = #expect(throws: TokenizerError.self) { try load(changed) }
        #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    }

    @Test func rejectsInvalidVocabularies() throws {
        #expect(throws: TokenizerError.self) { try load("", name: "vocab.txt") }
        #expect(throws: TokenizerError.self) { try load("[UNK]\n[CLS]\n", name: "vocab.txt") }
        #expect(throws: TokenizerError.self) { try load("[UNK]\n[CLS]\n[SEP]\na\na\n", name: "vocab.txt") }
        let missing = #expect(throws: TokenizerError.self) { try WordPieceTokenizer(path: "/nowhere/vocab.txt") }
        #expect(missing?.reason == "there is no such file")
    }

    @Test func survivesMutations() throws {
        let valid = Array(Self.valid.utf8)
        var random = SplitMix(state: 5)
        for _ in 0..<2000 {
            var bytes = valid
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 32...126, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.insert(contentsOf: bytes[index..<min(bytes.count, index + 40)], at: index)
                }
            }
            guard let tokenizer = try? load(String(decoding: bytes, as: UTF8.self)) else { continue }
            let ids = tokenizer.encode("calls $put ü [SEP]", maxTokens: 8)
            #expect(ids.allSatisfy { $0 >= 0 && $0 < tokenizer.vocabularySize })
        }
    }
}
