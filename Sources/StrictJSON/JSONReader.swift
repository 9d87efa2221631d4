/// Reads JSON (RFC 8259) from bytes, one value after another, and accepts nothing else.
///
/// Model files are untrusted and some are large: the header of a weights file must not hide a second entry of the same name,
/// and a vocabulary of 30,000 words should not become 30,000 objects. The reader therefore returns members in their order and
/// number, can read names into one common buffer, keeps integers exact, and bounds the depth.
///
///     try reader.beginObject()
///     while let name = try reader.nextName() {
///         if name == "size" { size = try reader.integer() } else { try reader.skip() }
///     }
///     try reader.end()
public struct JSONReader: Sendable {
    /// Deepest nesting of arrays and objects that is read; RFC 8259 leaves the limit to the reader.
    public static let maximumDepth = 64

    let bytes: [UInt8]
    var position: Int
    /// One entry for each open array or object: whether a member of it has been read.
    private var hasMembers: [Bool] = []

    /// - Throws: `JSONError` when the bytes are not valid UTF-8.
    public init(_ bytes: [UInt8]) throws(JSONError) {
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw JSONError(offset: error.byteOffsets.lowerBound, reason: "bytes that are not UTF-8")
        }
        self.bytes = bytes
        self.position = 0
    }

    /// The next byte that is not white space, without consuming it; `nil` at the end of the text.
    mutating func peek() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): position += 1
            case let byte: return byte
            }
        }
        return nil
    }

    func failure(_ expected: String) -> JSONError {
        guard position < bytes.count else {
            return JSONError(offset: position, reason: "the text ends where \(expected) was expected")
        }
        let byte = bytes[position]
        let found = (0x21..<0x7F).contains(byte) ? "'\(Character(UnicodeScalar(byte)))'" : "byte \(byte)"
        return JSONError(offset: position, reason: "\(found) where \(expected) was expected")
    }

    mutating func expect(_ byte: UInt8, _ name: String) throws(JSONError) {
        guard peek() == byte else { throw failure(name) }
        position += 1
    }

    private mutating func open(_ byte: UInt8, _ name: String) throws(JSONError) {
        try expect(byte, name)
        guard hasMembers.count < Self.maximumDepth else {
            throw JSONError(offset: position - 1, reason: "more than \(Self.maximumDepth) levels of nesting")
        }
        hasMembers.append(false)
    }

    /// Advances to the next member of the innermost open array or object; `false` if it was closed instead.
    private mutating func nextMember(closing: UInt8, _ name: String) throws(JSONError) -> Bool {
        guard let isFollowing = hasMembers.last else {
            throw JSONError(offset: position, reason: "no array or object is open")
        }
        if peek() == closing {
            position += 1
            hasMembers.removeLast()
            return false
        }
        if isFollowing {
            try expect(UInt8(ascii: ","), name)
        } else {
            hasMembers[hasMembers.count - 1] = true
        }
        return true
    }

    /// Enters an object. Follow with `nextName()` until it returns `nil`.
    /// - Throws: `JSONError` with the position, if the text holds another value there or is not valid JSON.
    public mutating func beginObject() throws(JSONError) { try open(UInt8(ascii: "{"), "an object") }

    /// The name of the object's next member, whose value must be read next; `nil` at the object's end.
    /// - Throws: `JSONError` with the position, if the text holds another value there or is not valid JSON.
    public mutating func nextName() throws(JSONError) -> String? {
        guard try nextMember(closing: UInt8(ascii: "}"), "',' or '}'") else { return nil }
        let name = try string()
        try expect(UInt8(ascii: ":"), "':'")
        return name
    }

    /// Like `nextName()`, but appends the name's UTF-8 to `buffer`; `false` at the object's end.
    /// - Throws: `JSONError` with the position, if the text holds another value there or is not valid JSON.
    public mutating func nextName(into buffer: inout [UInt8]) throws(JSONError) -> Bool {
        guard try nextMember(closing: UInt8(ascii: "}"), "',' or '}'") else { return false }
        try string(into: &buffer)
        try expect(UInt8(ascii: ":"), "':'")
        return true
    }

    /// Enters an array. Read one value after each `nextElement()` that returns `true`.
    /// - Throws: `JSONError` with the position, if the text holds another value there or is not valid JSON.
    public mutating func beginArray() throws(JSONError) { try open(UInt8(ascii: "["), "an array") }

    /// Whether the array has another element; if `false`, the array is closed.
    /// - Throws: `JSONError` with the position, if the text holds another value there or is not valid JSON.
    public mutating func nextElement() throws(JSONError) -> Bool {
        try nextMember(closing: UInt8(ascii: "]"), "',' or ']'")
    }

    /// Checks that nothing but white space follows.
    /// - Throws: `JSONError` with the position, if the text holds another value there or is not valid JSON.
    public mutating func end() throws(JSONError) {
        guard peek() == nil else { throw failure("the end") }
    }

    /// A number without fraction or exponent.
    /// - Throws: `JSONError` with the position, if the text holds another value there or is not valid JSON.
    public mutating func integer() throws(JSONError) -> Int {
        _ = peek()
        let start = position
        let text = try numberText()
        guard let value = Int(text) else {
            throw JSONError(offset: start, reason: "\(text) is not an integer of 64 bits")
        }
        return value
    }

    /// The text of a number, checked against the grammar.
    mutating func numberText() throws(JSONError) -> String {
        _ = peek()
        let start = position
        func digits(_ reader: inout JSONReader) -> Int {
            let first = reader.position
            while reader.position < reader.bytes.count, (48...57).contains(reader.bytes[reader.position]) {
                reader.position += 1
            }
            return reader.position - first
        }
        func take(_ characters: [UInt8], _ reader: inout JSONReader) -> Bool {
            guard reader.position < reader.bytes.count, characters.contains(reader.bytes[reader.position]) else {
                return false
            }
            reader.position += 1
            return true
        }
        _ = take([UInt8(ascii: "-")], &self)
        let first = position
        guard digits(&self) > 0, bytes[first] != 48 || position == first + 1 else { throw failure("a number") }
        if take([UInt8(ascii: ".")], &self), digits(&self) == 0 { throw failure("a digit") }
        if take([UInt8(ascii: "e"), UInt8(ascii: "E")], &self) {
            _ = take([UInt8(ascii: "+"), UInt8(ascii: "-")], &self)
            if digits(&self) == 0 { throw failure("a digit") }
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    mutating func literal(_ text: StaticString) throws(JSONError) {
        for index in 0..<text.utf8CodeUnitCount {
            guard position < bytes.count, bytes[position] == text.utf8Start[index] else { throw failure("\(text)") }
            position += 1
        }
    }

    /// Skips one value of any kind, checking that it is well formed.
    /// - Throws: `JSONError` with the position, if the text holds another value there or is not valid JSON.
    public mutating func skip() throws(JSONError) {
        switch peek() {
        case UInt8(ascii: "{"):
            try beginObject()
            var ignored: [UInt8] = []
            while try nextName(into: &ignored) {
                ignored.removeAll(keepingCapacity: true)
                try skip()
            }
        case UInt8(ascii: "["):
            try beginArray()
            while try nextElement() { try skip() }
        case UInt8(ascii: "\""):
            var ignored: [UInt8] = []
            try string(into: &ignored)
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: _ = try numberText()
        }
    }
}
