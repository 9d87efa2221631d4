extension JSONReader {
    /// A string, its escapes resolved.
    /// - Throws: `JSONError` with the position, if the text holds another value there or is not valid JSON.
    public mutating func string() throws(JSONError) -> String {
        var buffer: [UInt8] = []
        try string(into: &buffer)
        return String(decoding: buffer, as: UTF8.self)
    }

    /// Appends the UTF-8 of a string, its escapes resolved, to `buffer`.
    /// - Throws: `JSONError` with the position, if the text holds another value there or is not valid JSON.
    public mutating func string(into buffer: inout [UInt8]) throws(JSONError) {
        try expect(UInt8(ascii: "\""), "a string")
        while position < bytes.count {
            // The text is known to be UTF-8, so the part between two escapes is copied unchanged.
            let start = position
            while position < bytes.count, bytes[position] >= 0x20,
                bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\")
            {
                position += 1
            }
            buffer.append(contentsOf: bytes[start..<position])
            guard position < bytes.count else { break }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &buffer)
            default:
                throw failure("an escape for a control character")
            }
        }
        throw failure("the end of a string")
    }

    private mutating func escape(into buffer: inout [UInt8]) throws(JSONError) {
        guard position < bytes.count else { throw failure("an escape") }
        let kind = bytes[position]
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(kind)
        case UInt8(ascii: "b"): buffer.append(0x08)
        case UInt8(ascii: "f"): buffer.append(0x0C)
        case UInt8(ascii: "n"): buffer.append(0x0A)
        case UInt8(ascii: "r"): buffer.append(0x0D)
        case UInt8(ascii: "t"): buffer.append(0x09)
        case UInt8(ascii: "u"):
            position += 1
            buffer.append(contentsOf: Array(String(try unicodeEscape()).utf8))
            return
        default: throw failure("one of \"\\/bfnrtu")
        }
        position += 1
    }

    /// The scalar of `\uXXXX`, or of the surrogate pair that begins there; the `\u` has been read.
    private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let start = position
        let unit = try hexDigits()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xDC00, position + 1 < bytes.count,
            bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
        else { throw JSONError(offset: start, reason: "half of a surrogate pair") }
        position += 2
        let low = try hexDigits()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        else { throw JSONError(offset: start, reason: "half of a surrogate pair") }
        return scalar
    }

    private mutating func hexDigits() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count else { throw failure("four hexadecimal digits") }
            let digit: UInt8
            switch bytes[position] {
            case let byte where (48...57).contains(byte): digit = byte - 48
            case let byte where (65...70).contains(byte): digit = byte - 55
            case let byte where (97...102).contains(byte): digit = byte - 87
            default: throw failure("four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
