package import Foundation

/// JSON of the event log: one value per line, times in UTC with milliseconds.
package enum JSONLine {
    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// A time, such as "2026-11-21T01:52:11.123Z".
    package static func text(of time: Date) -> String { time.formatted(style) }

    /// Encodes a value as one line, including the line break.
    /// - Throws: `EncodingError`.
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { time, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(text(of: time))
        }
        return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
    }

    package static func decode<Value: Decodable>(_ type: Value.Type, _ line: some Collection<UInt8>) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in try Date(decoder.singleValueContainer().decode(String.self), strategy: style) }
        return try decoder.decode(type, from: Data(line))
    }
}
