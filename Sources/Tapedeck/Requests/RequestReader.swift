package import Base
import Foundation
package import MarketData
package import StrictJSON

/// An invalid request. The message names the invalid member and what it must be.
package struct RequestError: TapedeckError {
    package let message: String
    package let remedy: String
    package let kind: ErrorKind

    /// - Parameter kind: `.unsupported` for members that are valid on their own but contradict each other.
    package init(_ message: String, remedy: String = "", kind: ErrorKind = .invalidInput) {
        self.message = message
        self.remedy = remedy
        self.kind = kind
    }

    package var description: String { remedy.isEmpty ? message : "\(message); \(remedy)" }
}

/// A member of a request, with the JSON Schema of its values.
package struct RequestMember: Sendable {
    package let name: String
    /// A description of one sentence.
    package let help: String
    package let isRequired: Bool
    /// The members of its schema without the description: `{"type": "integer", "minimum": 1, …}`.
    package let schema: [String: JSONValue]
}

/// Reads the members of a request from a JSON object and checks them.
///
/// A request type names each of its members once, in its initializer. `members(of:)` runs the same initializer without values to list the
/// members for the OpenAPI document.
package struct RequestReader {
    /// `nil` if members are only listed.
    private let values: [String: JSONValue]?
    private var members: [RequestMember] = []

    /// - Throws: `RequestError` if the body is not an object.
    package init(_ body: JSONValue) throws(RequestError) {
        guard case .object(let values) = body else { throw RequestError("the request must be a JSON object") }
        self.values = values
    }

    private init() { values = nil }

    /// Reads a request.
    /// - Throws: `RequestError` naming the member that is missing, invalid or unknown.
    package static func read<Request: StoreRequest>(_: Request.Type = Request.self, from body: JSONValue) throws -> Request {
        var reader = try RequestReader(body)
        let request = try Request(&reader)
        let known = Set(reader.members.map(\.name))
        if let unknown = reader.values?.keys.filter({ !known.contains($0) }).min() {
            throw RequestError(
                "there is no member '\(unknown.prefix(64))'", remedy: "the members are \(reader.members.map(\.name).joined(separator: ", "))")
        }
        return request
    }

    /// Lists the members of a request type.
    package static func members<Request: StoreRequest>(of _: Request.Type) throws -> [RequestMember] {
        var reader = RequestReader()
        _ = try Request(&reader)
        return reader.members
    }

    // MARK: Values

    /// Reads a text that is not blank.
    package mutating func text(_ name: String, _ help: String, limit: Int = 2000, example: String) throws -> String {
        list(name, help, isRequired: true, ["type": "string", "minLength": 1, "maxLength": .integer(limit), "pattern": "\\S"])
        return try required(name, example) { value in
            guard let text = value.string, text.contains(where: { !$0.isWhitespace }), text.unicodeScalars.count <= limit else { return nil }
            return text
        } or: {
            "a text of 1 to \(limit) characters that is not blank"
        }
    }

    /// - Returns: `nil` when it is absent.
    package mutating func text(_ name: String, _ help: String, limit: Int = 200) throws -> String? {
        list(name, help, isRequired: false, ["type": "string", "minLength": 1, "maxLength": .integer(limit)])
        return try optional(name) { value in
            guard let text = value.string, (1...limit).contains(text.unicodeScalars.count) else { return nil }
            return text
        } or: {
            "a text of 1 to \(limit) characters"
        }
    }

    /// Reads a ticker and converts it to upper case.
    package mutating func symbol(_ name: String, _ help: String) throws -> String {
        list(name, help, isRequired: true, Self.tickerShape)
        return try required(name, "AAPL", Self.ticker) { "a ticker such as AAPL" }
    }

    /// Reads a ticker and converts it to upper case; `nil` if it is absent.
    package mutating func optionalSymbol(_ name: String, _ help: String) throws -> String? {
        list(name, help, isRequired: false, Self.tickerShape)
        return try optional(name, Self.ticker) { "a ticker such as AAPL" }
    }

    /// Reads tickers and converts them to upper case; empty if absent.
    package mutating func symbols(_ name: String, _ help: String) throws -> [String] {
        list(
            name, help, isRequired: false,
            ["type": "array", "maxItems": 500, "items": .object(Self.tickerShape)])
        return try optional(name) { value in
            guard let items = value.array, items.count <= 500 else { return nil }
            let names = items.compactMap(Self.ticker)
            return names.count == items.count ? names : nil
        } or: {
            "a list of at most 500 tickers such as [\"AAPL\"]"
        } ?? []
    }

    private static let tickerShape: [String: JSONValue] = ["type": "string", "pattern": "^[!-~]{1,32}$"]

    private static func ticker(_ value: JSONValue) -> String? {
        guard let text = value.string, (1...32).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        return text.uppercased()
    }

    /// Reads a list of texts; empty if absent.
    package mutating func texts(_ name: String, _ help: String, limit: Int = 16) throws -> [String] {
        list(
            name, help, isRequired: false,
            ["type": "array", "maxItems": .integer(limit), "items": .object(["type": "string", "minLength": 1, "maxLength": 200])])
        return try optional(name) { value in
            guard let items = value.array, items.count <= limit else { return nil }
            let texts = items.compactMap { item in item.string.flatMap { (1...200).contains($0.unicodeScalars.count) ? $0 : nil } }
            return texts.count == items.count ? texts : nil
        } or: {
            "a list of at most \(limit) texts"
        } ?? []
    }

    package mutating func day(_ name: String, _ help: String) throws -> Day {
        list(name, help, isRequired: true, Self.dayShape)
        return try required(name, Day(rawValue: 0), { $0.string.flatMap { Day(iso: $0) } }, or: { Self.dayWords })
    }

    /// - Returns: `nil` when it is absent.
    package mutating func optionalDay(_ name: String, _ help: String) throws -> Day? {
        list(name, help, isRequired: false, Self.dayShape)
        return try optional(name, { $0.string.flatMap { Day(iso: $0) } }, or: { Self.dayWords })
    }

    private static let dayShape: [String: JSONValue] = ["type": "string", "format": "date"]
    private static let dayWords = "a date such as \"2014-06-06\""

    /// Reads an integer.
    package mutating func count(_ name: String, _ help: String, _ range: ClosedRange<Int>, default value: Int) throws -> Int {
        list(name, help, isRequired: false, Self.shape(range).merging(["default": .integer(value)]) { $1 })
        return try optional(name, { Self.whole($0, range) }, or: { Self.words(range) }) ?? value
    }

    /// - Returns: `nil` when it is absent.
    package mutating func optionalCount(_ name: String, _ help: String, _ range: ClosedRange<Int>) throws -> Int? {
        list(name, help, isRequired: false, Self.shape(range))
        return try optional(name, { Self.whole($0, range) }, or: { Self.words(range) })
    }

    package mutating func requiredCount(_ name: String, _ help: String, _ range: ClosedRange<Int>) throws -> Int {
        list(name, help, isRequired: true, Self.shape(range))
        return try required(name, range.lowerBound, { Self.whole($0, range) }, or: { Self.words(range) })
    }

    /// Reads a list of integers.
    package mutating func counts(
        _ name: String, _ help: String, _ range: ClosedRange<Int>, limit: Int, default values: [Int]
    ) throws -> [Int] {
        let items = JSONValue.object(Self.shape(range))
        list(
            name, help, isRequired: false,
            [
                "type": "array", "minItems": .integer(values.isEmpty ? 0 : 1), "maxItems": .integer(limit), "items": items,
                "default": .array(values.map { .integer($0) }),
            ])
        return try optional(name) { value in
            guard let items = value.array, items.count <= limit, values.isEmpty || !items.isEmpty else { return nil }
            let numbers = items.compactMap { Self.whole($0, range) }
            return numbers.count == items.count ? numbers : nil
        } or: {
            "a list of at most \(limit) whole numbers from \(range.lowerBound) to \(range.upperBound)"
        } ?? values
    }

    private static func shape(_ range: ClosedRange<Int>) -> [String: JSONValue] {
        ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
    }

    private static func words(_ range: ClosedRange<Int>) -> String { "a whole number from \(range.lowerBound) to \(range.upperBound)" }

    /// Converts a value to an integer. Accepts 2.0, because JSON Schema counts it as an integer.
    private static func whole(_ value: JSONValue, _ range: ClosedRange<Int>) -> Int? {
        guard let number = value.integer ?? value.double.flatMap({ Int(exactly: $0) }), range.contains(number) else { return nil }
        return number
    }

    package mutating func number(_ name: String, _ help: String, _ range: ClosedRange<Double>, default value: Double) throws -> Double {
        list(name, help, isRequired: false, Self.shape(range).merging(["default": .number(value)]) { $1 })
        return try optional(name, { Self.number($0, range) }, or: { Self.words(range) }) ?? value
    }

    /// - Returns: `nil` when it is absent.
    package mutating func optionalNumber(_ name: String, _ help: String, _ range: ClosedRange<Double>) throws -> Double? {
        list(name, help, isRequired: false, Self.shape(range))
        return try optional(name, { Self.number($0, range) }, or: { Self.words(range) })
    }

    private static func shape(_ range: ClosedRange<Double>) -> [String: JSONValue] {
        ["type": "number", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound)]
    }

    private static func words(_ range: ClosedRange<Double>) -> String { "a number from \(range.lowerBound) to \(range.upperBound)" }

    private static func number(_ value: JSONValue, _ range: ClosedRange<Double>) -> Double? {
        value.double.flatMap { range.contains($0) ? $0 : nil }
    }

    package mutating func flag(_ name: String, _ help: String) throws -> Bool {
        list(name, help, isRequired: false, ["type": "boolean", "default": false])
        return try optional(name, { $0.bool }, or: { "true or false" }) ?? false
    }

    /// Reads one of the names of an enumeration.
    package mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ help: String, default value: Choice?
    ) throws -> Choice {
        let names = Choice.allCases.map(\.rawValue)
        var schema: [String: JSONValue] = ["type": "string", "enum": .array(names.map { .string($0) })]
        if let value { schema["default"] = .string(value.rawValue) }
        list(name, help, isRequired: value == nil, schema)
        let words = { "one of \(names.joined(separator: ", "))" }
        if let value { return try optional(name, { $0.string.flatMap(Choice.init(rawValue:)) }, or: words) ?? value }
        guard let first = Choice.allCases.first else { throw RequestError("'\(name)' has no possible value") }
        return try required(name, first, { $0.string.flatMap(Choice.init(rawValue:)) }, or: words)
    }

    /// Reads a list of objects, each with `body`.
    /// - Parameter item: the schema of one object.
    package mutating func objects<Item>(
        _ name: String, _ help: String, _ range: ClosedRange<Int>, item: JSONValue, _ body: (JSONValue) throws -> Item
    ) throws -> [Item] {
        list(
            name, help, isRequired: true,
            ["type": "array", "minItems": .integer(range.lowerBound), "maxItems": .integer(range.upperBound), "items": item])
        let values = try required(
            name, [], { value in value.array.flatMap { range.contains($0.count) ? $0 : nil } },
            or: {
                "a list of \(range.lowerBound) to \(range.upperBound) objects"
            })
        return try values.enumerated().map { index, value in
            do {
                return try body(value)
            } catch {
                throw RequestError("'\(name)' [\(index)]: \(error)")
            }
        }
    }

    // MARK: Reading

    private mutating func list(_ name: String, _ help: String, isRequired: Bool, _ schema: [String: JSONValue]) {
        members.append(RequestMember(name: name, help: help, isRequired: isRequired, schema: schema))
    }

    /// Reads a required member.
    /// - Parameters:
    ///   - placeholder: the result if members are only listed.
    ///   - convert: returns `nil` for an invalid value.
    ///   - words: what the value must be, for the error message.
    private func required<Value>(
        _ name: String, _ placeholder: Value, _ convert: (JSONValue) -> Value?, or words: () -> String
    ) throws(RequestError) -> Value {
        guard let values else { return placeholder }
        guard let value = values[name] else { throw RequestError("'\(name)' is missing", remedy: "give \(words())") }
        guard let converted = convert(value) else { throw wrong(name, value, words()) }
        return converted
    }

    private func optional<Value>(_ name: String, _ convert: (JSONValue) -> Value?, or words: () -> String) throws(RequestError) -> Value? {
        guard let value = values?[name] else { return nil }
        guard let converted = convert(value) else { throw wrong(name, value, words()) }
        return converted
    }

    private func wrong(_ name: String, _ value: JSONValue, _ words: String) -> RequestError {
        RequestError("'\(name)' must be \(words), not \(Self.quoted(value))")
    }

    /// The value as JSON, shortened, for error messages.
    private static func quoted(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): "\"\(value.prefix(80))\""
        case .array(let items): "a list of \(items.count)"
        case .object: "an object"
        }
    }
}
