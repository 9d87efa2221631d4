/// A JSON text in memory, for small files; large ones are read with `JSONReader`.
public enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    /// A number without fraction or exponent that fits 64 bits.
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Parses a whole text.
    /// - Throws: `JSONError`; also for two members of one name, which other readers resolve silently and differently.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        var reader = try JSONReader(bytes)
        self = try reader.value()
        try reader.end()
    }

    /// A member of an object; `nil` if it is missing or `null`, or if this is not an object.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self, let value = members[name], value != .null else { return nil }
        return value
    }

    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

    /// The value of a number, whole or not.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}

extension JSONReader {
    /// The whole next value.
    /// - Throws: `JSONError` with the position, if the text holds another value there or is not valid JSON.
    public mutating func value() throws(JSONError) -> JSONValue {
        switch peek() {
        case UInt8(ascii: "{"):
            var members: [String: JSONValue] = [:]
            try beginObject()
            while let name = try nextName() {
                let value = try value()
                guard members.updateValue(value, forKey: name) == nil else {
                    throw JSONError(offset: position, reason: "a second member named \"\(name)\"")
                }
            }
            return .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            try beginArray()
            while try nextElement() { elements.append(try value()) }
            return .array(elements)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"):
            try literal("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try literal("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try literal("null")
            return .null
        default:
            let text = try numberText()
            if let value = Int(text) { return .integer(value) }
            guard let value = Double(text), value.isFinite else {
                throw JSONError(offset: position, reason: "the number \(text) is beyond what a double holds, ending")
            }
            return .number(value)
        }
    }
}
