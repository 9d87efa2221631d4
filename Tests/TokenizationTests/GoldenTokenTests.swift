import Foundation
import StrictJSON
import Testing
import Tokenization

/// Texts and tokens made by scripts/golden/tokenizer_bert.py with Hugging Face tokenizers.
///
/// `TAPEDECK_GOLDEN_TOKENIZER` names a folder of another, larger run of that script, to be checked as well.
struct GoldenTokens {
    struct Line {
        let text: String
        let limit: Int
        let ids: [Int32]
    }

    static let folders: [String] =
        [URL(filePath: #filePath).deletingLastPathComponent().path + "/Golden"]
        + (ProcessInfo.processInfo.environment["TAPEDECK_GOLDEN_TOKENIZER"].map { [$0] } ?? [])

    static func vocabulary(_ folder: String) throws -> [String] {
        let bytes = Array(try Data(contentsOf: URL(filePath: folder + "/vocabulary.json")))
        return try #require(JSONValue(parsing: bytes).array).compactMap(\.string)
    }

    /// Lines of a golden file, with the tokens of one of its two vocabularies.
    static func lines(_ folder: String, _ vocabulary: String) throws -> [Line] {
        let data = Array(try Data(contentsOf: URL(filePath: folder + "/texts.jsonl")))
        return try data.split(separator: UInt8(ascii: "\n")).map { bytes in
            var reader = try JSONReader(Array(bytes))
            var (text, limit, ids) = ("", 0, [Int32]())
            try reader.beginObject()
            while let name = try reader.nextName() {
                switch name {
                case "text": text = try reader.string()
                case "max": limit = try reader.integer()
                case vocabulary:
                    try reader.beginArray()
                    while try reader.nextElement() { ids.append(Int32(try reader.integer())) }
                default: try reader.skip()
                }
            }
            return Line(text: text, limit: limit, ids: ids)
        }
    }

    /// The texts that `tokenizer` gives other tokens for than the golden file.
    static func mismatches(_ lines: [Line], _ tokenizer: WordPieceTokenizer) -> [String] {
        lines.compactMap { line in
            let ids = tokenizer.encode(line.text, maxTokens: line.limit)
            guard ids != line.ids else { return nil }
            let scalars = line.text.unicodeScalars.prefix(60).map { String($0.value, radix: 16) }.joined(separator: " ")
            return "\(scalars): \(ids.prefix(40)), expected \(line.ids.prefix(40))"
        }
    }
}

@Suite struct GoldenTokenTests {
    @Test(arguments: GoldenTokens.folders)
    func matchesHuggingFaceWithAMadeUpVocabulary(_ folder: String) throws {
        let tokenizer = try WordPieceTokenizer(vocabulary: GoldenTokens.vocabulary(folder))
        let lines = try GoldenTokens.lines(folder, "small")
        #expect(lines.count >= 1500)
        let wrong = GoldenTokens.mismatches(lines, tokenizer)
        #expect(wrong.isEmpty, "\(wrong.count) of \(lines.count) texts differ: \(wrong.prefix(10).joined(separator: "\n"))")
    }

    static let model =
        (ProcessInfo.processInfo.environment["TAPEDECK_MODELS"]
            ?? NSHomeDirectory() + "/.cache/tapedeck/models") + "/minilm"

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: model + "/tokenizer.json"),
            "skipped: needs the model minilm; `tapedeck models pull minilm` fetches it"),
        arguments: GoldenTokens.folders, ["tokenizer.json", "vocab.txt"])
    func matchesHuggingFaceWithTheVocabularyOfBERT(_ folder: String, _ file: String) throws {
        let tokenizer = try WordPieceTokenizer(path: Self.model + "/" + file)
        #expect(tokenizer.vocabularySize == 30_522)
        let lines = try GoldenTokens.lines(folder, "bert")
        let wrong = GoldenTokens.mismatches(lines, tokenizer)
        #expect(wrong.isEmpty, "\(wrong.count) of \(lines.count) texts differ: \(wrong.prefix(10).joined(separator: "\n"))")
    }
}
