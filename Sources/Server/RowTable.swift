import StrictJSON

/// The rows of an answer as CSV (RFC 4180), with one column per member in alphabetical order. Lists and objects are written as JSON.
enum RowTable {
    /// Converts an answer to CSV.
    /// - Returns: `nil` for an answer without rows.
    static func csv(of answer: JSONValue) throws -> [UInt8]? {
        guard let rows = answer["results"]?.array ?? answer["candidates"]?.array ?? answer["positions"]?.array ?? answer["trades"]?.array else {
            return nil
        }
        var names: Set<String> = []
        for row in rows {
            guard case .object(let members) = row else { return nil }
            names.formUnion(members.keys)
        }
        let columns = names.sorted()
        var text = columns.map(quoted).joined(separator: ",") + "\r\n"
        for case .object(let members) in rows {
            text += try columns.map { try cell(members[$0] ?? .null) }.joined(separator: ",") + "\r\n"
        }
        return Array(text.utf8)
    }

    private static func cell(_ value: JSONValue) throws -> String {
        switch value {
        case .null: ""
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): quoted(value)
        case .array, .object: quoted(String(decoding: try JSONText.encode(value), as: UTF8.self))
        }
    }

    private static func quoted(_ text: String) -> String {
        guard text.contains(where: { [",", "\"", "\n", "\r", "\r\n"].contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
