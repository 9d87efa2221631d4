import Foundation

/// JSON as this package prints it: keys in alphabetical order, slashes as they are.
package enum JSONText {
    /// - Parameter pretty: indents the text, a member per line.
    package static func encode(_ value: some Encodable, pretty: Bool = false) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return Array(try encoder.encode(value))
    }
}
