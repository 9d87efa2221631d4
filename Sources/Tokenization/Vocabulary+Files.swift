import StrictJSON

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension WordPieceTokenizer {
    /// Reads a tokenizer from a `tokenizer.json` of Hugging Face tokenizers or from a `vocab.txt` of BERT.
    ///
    /// A `vocab.txt` does not say how to prepare text; a `tokenizer_config.json` beside it does and is read too. Beside
    /// either file it may also give the side on which long texts are truncated. Lengths and padding in a `tokenizer.json`
    /// are ignored; the caller decides them.
    /// - Throws: `TokenizerError` for a file that cannot be read or violates its format, and, naming the setting, for any
    ///   tokenizer that would give other ids than this one: other models, or text that keeps its case or accents.
    public init(path: String) throws(TokenizerError) {
        let bytes = try Self.contents(path)
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let settingsPath = folder + "tokenizer_config.json"
        let settings = try Self.settings(settingsPath)
        let side = try settings.flatMap { (json) throws(TokenizerError) in try TruncationSide(json["truncation_side"], path: settingsPath) }
        if path.hasSuffix(".json") {
            do {
                var vocabulary = try Vocabulary(tokenizerJSON: bytes, path: path)
                if let side { vocabulary.truncationSide = side }
                try self.init(vocabulary, path: path)
            } catch let error as JSONError {
                throw TokenizerError(path, "not a tokenizer.json: \(error)")
            } catch let error as TokenizerError {
                throw error
            } catch {
                throw TokenizerError(path, "\(error)")
            }
        } else {
            for name in ["do_lower_case", "strip_accents", "tokenize_chinese_chars"] where settings?[name]?.bool == false {
                throw TokenizerError(settingsPath, "\(name) false is not supported: this tokenizer is for lower-cased text only")
            }
            var vocabulary = try Vocabulary(lines: bytes, path: path)
            if let side { vocabulary.truncationSide = side }
            try self.init(vocabulary, path: path)
        }
    }

    /// Size limit of files; vocabularies of a million pieces have about 20 MB.
    private static let maximumByteCount = 256 << 20

    private static func contents(_ path: String) throws(TokenizerError) -> [UInt8] {
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            guard data.count <= maximumByteCount else {
                throw TokenizerError(path, "\(data.count) bytes are too many for a tokenizer")
            }
            return Array(data)
        } catch let error as TokenizerError {
            throw error
        } catch {
            throw TokenizerError(
                path, FileManager.default.fileExists(atPath: path) ? "cannot be read: \(error)" : "there is no such file")
        }
    }

    /// Reads a settings file; `nil` if it does not exist.
    private static func settings(_ path: String) throws(TokenizerError) -> JSONValue? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let bytes = try contents(path)
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw TokenizerError(path, "not JSON: \(error)")
        }
    }
}

extension TruncationSide {
    /// Reads the setting of Hugging Face tokenizers, as spelled in either file; `nil` if it is absent.
    fileprivate init?(_ value: JSONValue?, path: String) throws(TokenizerError) {
        guard let value else { return nil }
        guard let side = value.string.flatMap({ TruncationSide(rawValue: $0.lowercased()) }) else {
            throw TokenizerError(path, "the side on which long texts are cut must be left or right")
        }
        self = side
    }
}

extension Vocabulary {
    /// Recognises the same special tokens in texts as BERT's own tokenizer.
    mutating func addSpecialTokens() {
        for token in ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] {
            let bytes = Array(token.utf8)
            if let index = ids.indices.first(where: { piece($0).elementsEqual(bytes) }) {
                addedTokens.append((bytes, ids[index]))
            }
        }
    }

    /// Reads a `vocab.txt`: one piece per line, numbered from 0.
    init(lines bytes: [UInt8], path: String) throws(TokenizerError) {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        guard lines.count <= Self.maximumCount else {
            throw TokenizerError(path, "\(lines.count) pieces are more than \(Self.maximumCount)")
        }
        for (id, line) in lines.enumerated() {
            text.append(contentsOf: line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
            endPiece(id: Int32(id))
        }
        guard String(validating: text, as: UTF8.self) != nil else { throw TokenizerError(path, "not UTF-8") }
        addSpecialTokens()
    }

    /// Reads a `tokenizer.json`.
    init(tokenizerJSON bytes: [UInt8], path: String) throws {
        var reader = try JSONReader(bytes)
        var normalizer: JSONValue?
        var preTokenizer: JSONValue?
        var postProcessor: JSONValue?
        var hasModel = false
        try reader.beginObject()
        while let name = try reader.nextName() {
            switch name {
            case "added_tokens": try addTokens(try reader.value(), path: path)
            case "normalizer": normalizer = try reader.value()
            case "pre_tokenizer": preTokenizer = try reader.value()
            case "post_processor": postProcessor = try reader.value()
            case "truncation":
                if let side = try TruncationSide(try reader.value()["direction"], path: path) { truncationSide = side }
            case "model" where !hasModel:
                try readModel(&reader, path: path)
                hasModel = true
            default: try reader.skip()
            }
        }
        try reader.end()
        guard hasModel else { throw TokenizerError(path, "it has no model") }
        try check(normalizer, type: "BertNormalizer", "normalizer", path: path)
        for name in ["clean_text", "handle_chinese_chars", "lowercase"] where normalizer?[name]?.bool != true {
            throw TokenizerError(path, "a normalizer whose \(name) is not true is not supported")
        }
        guard normalizer?["strip_accents"]?.bool != false else {
            throw TokenizerError(path, "a normalizer that keeps accents is not supported")
        }
        try check(preTokenizer, type: "BertPreTokenizer", "pre_tokenizer", path: path)
        try readTemplate(postProcessor, path: path)
    }

    private func check(_ value: JSONValue?, type: String, _ name: String, path: String) throws {
        guard let found = value?["type"]?.string else { throw TokenizerError(path, "it has no \(name)") }
        guard found == type else {
            throw TokenizerError(path, "the \(name) \(found) is not supported; \(type) is")
        }
    }

    private func id(_ value: JSONValue?, path: String) throws -> Int32 {
        guard let number = value?.integer, (0..<Self.maximumCount).contains(number) else {
            throw TokenizerError(path, "a token's number must be from 0 to \(Self.maximumCount - 1)")
        }
        return Int32(number)
    }

    private mutating func addTokens(_ value: JSONValue, path: String) throws {
        for token in value.array ?? [] {
            guard let content = token["content"]?.string else {
                throw TokenizerError(path, "an added token has no content")
            }
            // `lstrip` and `rstrip` only extend the token to white space, which gives no tokens anyway.
            for name in ["single_word", "normalized"] where token[name]?.bool == true {
                throw TokenizerError(path, "the added token \(content) is \(name), which is not supported")
            }
            addedTokens.append((Array(content.utf8), try id(token["id"], path: path)))
        }
    }

    private mutating func readModel(_ reader: inout JSONReader, path: String) throws {
        var type: String?
        try reader.beginObject()
        while let name = try reader.nextName() {
            switch name {
            case "type": type = try reader.string()
            case "unk_token": unknown = try reader.string()
            case "continuing_subword_prefix":
                let prefix = try reader.string()
                guard prefix.utf8.elementsEqual(Self.continuation) else {
                    throw TokenizerError(path, "the continuing_subword_prefix \"\(prefix)\" is not supported; \"##\" is")
                }
            case "max_input_chars_per_word":
                let length = try reader.integer()
                guard (1...10_000).contains(length) else {
                    throw TokenizerError(path, "max_input_chars_per_word must be from 1 to 10000")
                }
                maximumWordLength = length
            case "vocab":
                try reader.beginObject()
                while try reader.nextName(into: &text) {
                    guard ids.count < Self.maximumCount else {
                        throw TokenizerError(path, "more than \(Self.maximumCount) pieces")
                    }
                    endPiece(id: try id(.integer(try reader.integer()), path: path))
                }
            default: try reader.skip()
            }
        }
        guard type == "WordPiece" else {
            throw TokenizerError(path, "the model \(type ?? "without a type") is not supported; WordPiece is")
        }
    }

    /// Reads the tokens around a text from a `TemplateProcessing` or `BertProcessing`.
    private mutating func readTemplate(_ value: JSONValue?, path: String) throws {
        let unsupported = TokenizerError(
            path, "a post_processor that does not put one token before and one after a text is not supported")
        switch value?["type"]?.string {
        case "BertProcessing":
            first = try id(value?["cls"]?.array?.last, path: path)
            last = try id(value?["sep"]?.array?.last, path: path)
        case "TemplateProcessing":
            guard let parts = value?["single"]?.array, parts.count == 3, parts[1]["Sequence"] != nil else {
                throw unsupported
            }
            func number(_ part: JSONValue) throws -> Int32 {
                guard let name = part["SpecialToken"]?["id"]?.string,
                    let ids = value?["special_tokens"]?[name]?["ids"]?.array, ids.count == 1
                else { throw unsupported }
                return try id(ids[0], path: path)
            }
            first = try number(parts[0])
            last = try number(parts[2])
        default: throw unsupported
        }
    }
}
