import StrictJSON
import Testing
import TestSupport

@Suite struct JSONReaderTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    @Test func readsValuesOfEveryKind() throws {
        let text = #" {"a": [1, -2.5e1, true, false, null, "x"], "b": {"": {}}, "c": []} "#
        #expect(
            try parse(text)
                == .object([
                    "a": .array([.integer(1), .number(-25), .bool(true), .bool(false), .null, .string("x")]),
                    "b": .object(["": .object([:])]), "c": .array([]),
                ]))
        #expect(try parse("9223372036854775807") == .integer(.max))
        #expect(try parse("9223372036854775808") == .number(0x1p63))
    }

    @Test func resolvesEscapes() throws {
        #expect(try parse(#""\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude00""#) == .string("\"\\/\u{8}\u{c}\n\r\tAé€😀"))
    }

    @Test(arguments: [
        "", " ", "{", "}", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}",
        "01", "-", "+1", "1.", ".5", "1e", "1e+", "0x1", "NaN", "Infinity", "nul", "tru", "falsee", "'a'", "\"", "\"a", "\"\\\"",
        "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"", "1 2", "[] []",
        "1e999", "{\"a\":1,\"a\":2}", "/* */ 1", "\u{FEFF}1",
    ])
    func refuses(_ text: String) {
        #expect(throws: JSONError.self) { try parse(text) }
    }

    @Test func refusesBytesThatAreNotUTF8() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xC3, 0x28, 0x22]) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xED, 0xA0, 0x80, 0x22]) }
    }

    @Test func boundsNesting() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try parse(nested(JSONReader.maximumDepth))
        #expect(throws: JSONError.self) { try parse(nested(JSONReader.maximumDepth + 1)) }
        #expect(throws: JSONError.self) { try parse(String(repeating: "[", count: 1_000_000)) }
        #expect(throws: JSONError.self) { try parse(String(repeating: "{\"a\":", count: 1_000_000)) }
    }

    @Test func namesThePlaceOfAnError() throws {
        let error = #expect(throws: JSONError.self) { try parse("[1, x]") }
        #expect(error?.offset == 4)
        #expect(error?.description == "'x' where a number was expected at byte 4")
    }

    /// For any bytes, reading ends, and skipping and reading agree on whether a value is valid.
    @Test func survivesMutations() {
        let text = Array(#"{"name":"caf\u00e9","n":[0,-1.5e3,12345678901234567890],"o":{"t":true,"f":false,"z":null}}"#.utf8)
        var random = SplitMix(state: 11)
        for _ in 0..<5000 {
            var bytes = text
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: index)
                }
            }
            let value = try? JSONValue(parsing: bytes)
            var skipped = false
            if var reader = try? JSONReader(bytes) {
                skipped = (try? reader.skip()) != nil && (try? reader.end()) != nil
            }
            // Only what holds more than this value can, a second member of a name or a huge number, parts the two.
            #expect(value == nil || skipped)
        }
    }
}
