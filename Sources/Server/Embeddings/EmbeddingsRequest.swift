import Encoders
import Foundation
import ModelFiles
import StrictJSON
import Tapedeck

/// The body of `POST /v1/embeddings`, as OpenAI's clients send it.
struct EmbeddingsRequest {
    enum Input {
        case texts([String])
        /// Tokens of the model's own vocabulary, without those that begin and end a text.
        case tokens([[Int32]])

        var count: Int {
            switch self {
            case .texts(let texts): texts.count
            case .tokens(let lists): lists.count
            }
        }
    }

    enum Format: String, CaseIterable {
        /// A list of numbers.
        case float
        /// The bytes of 32-bit floats, least significant byte first.
        case base64
    }

    /// As the caller wrote it, for the answer.
    let model: String
    /// Without the role.
    let modelName: String
    let role: SentenceEncoder.Role
    let input: Input
    let format: Format
    let dimensions: Int?
    /// Whether texts that are too long are cut.
    let truncates: Bool

    private static let names = ["input", "model", "encoding_format", "dimensions", "user", "input_type", "truncate"]
    private static let roles: [String: SentenceEncoder.Role] = [
        "query": .query, "search_query": .query, "document": .document, "search_document": .document, "passage": .document,
    ]

    /// - Parameter limit: most inputs.
    /// - Throws: `Problem` naming the member that is wrong.
    init(_ body: JSONValue, limit: Int) throws {
        guard case .object(let members) = body else { throw Problem.invalid("the request must be a JSON object") }
        if let unknown = members.keys.filter({ !Self.names.contains($0) }).min() {
            throw Problem.invalid(
                "there is no member '\(unknown.prefix(64))'", remedy: "the members are \(Self.names.joined(separator: ", "))",
                member: String(unknown.prefix(64)))
        }
        // Clients send null for members that they leave out.
        func text(_ name: String) throws -> String? {
            guard let value = body[name] else { return nil }
            guard let text = value.string else { throw Problem.invalid("'\(name)' must be a text", member: name) }
            return text
        }
        guard let model = try text("model"), !model.isEmpty, model.unicodeScalars.count <= 200 else {
            throw Problem.invalid("'model' is missing", remedy: "name a model; GET /v1/models lists them", member: "model")
        }
        self.model = model
        let parts = model.split(separator: ":", omittingEmptySubsequences: false)
        let named = parts.count == 2 ? ["query": SentenceEncoder.Role.query, "document": .document][String(parts[1])] : nil
        modelName = named == nil ? model : String(parts[0])
        var role = named
        if let type = try text("input_type") {
            guard let wanted = Self.roles[type] else {
                throw Problem.invalid(
                    "'input_type' is \"\(type.prefix(64))\"", remedy: "use one of \(Self.roles.keys.sorted().joined(separator: ", "))",
                    member: "input_type")
            }
            guard named == nil || named == wanted else {
                throw Problem.invalid("'model' and 'input_type' contradict each other", member: "input_type")
            }
            role = wanted
        }
        self.role = role ?? .document
        guard let format = Format(rawValue: try text("encoding_format") ?? "float") else {
            throw Problem.invalid("'encoding_format' must be float or base64", member: "encoding_format")
        }
        self.format = format
        if let value = body["dimensions"] {
            guard let number = Self.whole(value), number > 0 else {
                throw Problem.invalid("'dimensions' must be a whole number of at least 1", member: "dimensions")
            }
            dimensions = number
        } else {
            dimensions = nil
        }
        if let value = body["truncate"] {
            guard let flag = value.bool else { throw Problem.invalid("'truncate' must be true or false", member: "truncate") }
            truncates = flag
        } else {
            truncates = false
        }
        guard let value = body["input"] else {
            throw Problem.invalid("'input' is missing", remedy: "give a text, a list of texts, or token ids", member: "input")
        }
        input = try Self.input(value, limit: limit)
    }

    private static func input(_ value: JSONValue, limit: Int) throws -> Input {
        let wrong = Problem.invalid("'input' must be a text, a list of texts, a list of token ids or a list of such lists", member: "input")
        if let text = value.string {
            guard !text.isEmpty else { throw Problem.invalid("'input' is an empty text", member: "input") }
            return .texts([text])
        }
        guard let items = value.array else { throw wrong }
        guard let first = items.first else { throw Problem.invalid("'input' is an empty list", member: "input") }
        func check(_ count: Int) throws {
            guard count <= limit else {
                throw Problem.invalid(
                    "'input' has \(count) texts, and a request may have \(limit)", remedy: "send several requests", member: "input")
            }
        }
        switch first {
        case .string:
            try check(items.count)
            return .texts(
                try items.enumerated().map { index, item in
                    guard let text = item.string else { throw wrong }
                    guard !text.isEmpty else { throw Problem.invalid("'input' [\(index)] is an empty text", member: "input") }
                    return text
                })
        case .integer, .number: return .tokens([try ids(items, wrong)])
        case .array:
            try check(items.count)
            return .tokens(
                try items.map { item in
                    guard let list = item.array else { throw wrong }
                    return try ids(list, wrong)
                })
        default: throw wrong
        }
    }

    /// JSON Schema counts 2.0 as an integer, so it is accepted here.
    private static func whole(_ value: JSONValue) -> Int? { value.integer ?? value.double.flatMap { Int(exactly: $0) } }

    private static func ids(_ items: [JSONValue], _ wrong: Problem) throws -> [Int32] {
        guard !items.isEmpty else { throw Problem.invalid("'input' has an empty list of token ids", member: "input") }
        return try items.map { item in
            guard let id = whole(item).flatMap({ Int32(exactly: $0) }), id >= 0 else { throw wrong }
            return id
        }
    }
}
