import Foundation
import MarketData

/// The refused rows of one source object as JSON lines: key, line, reason, offending column, beginning of the line.
enum QuarantineFile {
    private struct Entry: Encodable {
        var key: String
        var line: Int
        var reason: String
        var column: String?
        var excerpt: String
    }

    static func bytes(_ rejected: [RejectedRow], key: String) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var bytes: [UInt8] = []
        for row in rejected {
            let entry = Entry(
                key: key, line: row.line, reason: row.reason.rawValue, column: row.column, excerpt: row.excerpt)
            bytes += try encoder.encode(entry)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    /// The refused rows of a file that `bytes` made.
    /// - Throws: `GenerationError` for anything else.
    static func rows(_ bytes: [UInt8], key: String) throws -> [RejectedRow] {
        do {
            return try bytes.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(RejectedRow.self, from: Data($0)) }
        } catch {
            throw GenerationError("the refused rows of \(key) cannot be read: \(error)")
        }
    }
}
