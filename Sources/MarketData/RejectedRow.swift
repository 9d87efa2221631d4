/// Why a line of a file was rejected. The raw values are stable: reports and quarantine files contain them.
public enum RejectionReason: String, CaseIterable, Codable, Hashable, Sendable {
    case wrongColumnCount = "wrong column count"
    case nulByte = "NUL byte"
    case truncatedLastLine = "truncated last line"
    case lineTooLong = "line too long"
    case badQuoting = "bad quoting"
    case badContract = "bad contract"
    case contractDisagrees = "contract disagrees with its columns"
    case badSymbol = "bad symbol"
    case badDate = "bad date"
    case quoteDateDiffers = "quote date differs"
    case expired = "expired before its quote date"
    case badType = "type is neither call nor put"
    case badStyle = "style is neither A nor E"
    case unparsableNumber = "unparsable number"
    case numberOutOfRange = "number out of range"
    case negativePrice = "price negative"
    case priceNotPositive = "price not positive"
    case highBelowLow = "high below low"
    case duplicateRow = "duplicate row"
    case tooManySymbols = "too many symbols"

    /// The reason with the parser's number (`tk_rejection` lists them in the same order from 1).
    package init?(code: UInt32) {
        guard code >= 1, code <= Self.allCases.count else { return nil }
        self = Self.allCases[Int(code) - 1]
    }
}

/// A rejected line, kept for the quarantine file.
public struct RejectedRow: Codable, Hashable, Sendable {
    /// 1-based number of the line in its file (uncompressed); the header is line 1.
    public var line: Int
    public var reason: RejectionReason
    /// The column at fault, by its usual name; `nil` if it is the line as a whole.
    public var column: String?
    /// The beginning of the line, at most 200 bytes; control characters are shown as U+FFFD.
    public var excerpt: String

    public init(line: Int, reason: RejectionReason, column: String? = nil, excerpt: String) {
        self.line = line
        self.reason = reason
        self.column = column
        self.excerpt = excerpt
    }

    static let excerptLimit = 200

    /// The excerpt of a line: cut at a character's boundary, control characters replaced.
    static func excerpt(of bytes: UnsafeBufferPointer<UInt8>) -> String {
        var end = min(bytes.count, excerptLimit)
        if end < bytes.count {
            // Not inside a UTF-8 sequence.
            var start = end
            while start > 0, end - start < 3, bytes[start] & 0xC0 == 0x80 { start -= 1 }
            if bytes[start] >= 0xC0 { end = start }
        }
        var text = String(decoding: bytes[0..<end], as: UTF8.self)
        if text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            var shown = String.UnicodeScalarView()
            for scalar in text.unicodeScalars {
                shown.append(scalar.value < 0x20 || scalar.value == 0x7F ? "\u{FFFD}" : scalar)
            }
            text = String(shown)
        }
        return text
    }
}
