import Foundation

/// JSON in this package's format: keys in alphabetical order, slashes not escaped.
package enum JSONText {
    /// - Parameter pretty: indents the text, a member per line.
    package static func encode(_ value: some Encodable, pretty: Bool = false) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return Array(try encoder.encode(value))
    }
}
