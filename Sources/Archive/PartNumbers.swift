import HDF5
import ObjectStore

/// The numbers of all part texts of a store, for a writer: by the first 128 bits of a text's SHA-256, so that neither texts nor
/// vectors need be in memory. Takes about 50 bytes per text.
package actor PartNumbers {
    private var numbers: [ContentDigest.Prefix: UInt32] = [:]

    package init() {}

    /// Number of texts.
    package var count: Int { numbers.count }

    /// The numbers of texts; new texts get new numbers.
    /// - Returns: one number per text, and the new texts, in the order of their numbers.
    package func number(_ texts: [String]) -> (numbers: [UInt32], new: [String]) {
        var new: [String] = []
        let found = texts.map { text -> UInt32 in
            let digest = ContentDigest.Prefix(of: text)
            if let number = numbers[digest] { return number }
            let number = UInt32(numbers.count)
            numbers[digest] = number
            new.append(text)
            return number
        }
        return (found, new)
    }

    /// The number of a text; `nil` for a new text.
    package func number(of text: String) -> UInt32? { numbers[ContentDigest.Prefix(of: text)] }

    /// Adds the texts of a segment.
    /// - Throws: `ArchiveError` if it does not continue the previous segments, or contains a text twice; `HDF5Error`.
    package func read(segment path: String) throws {
        let file = try HDF5File(reading: path)
        let digests = try file.root.group("parts").dataset("sha256")
        let first = numbers.count
        guard try file.root.int64Attribute("first_part") == Int64(first) else {
            throw ArchiveError("\(path) does not continue the segments before it; generate into a new store")
        }
        let rows = try digests.rowCount()
        for start in stride(from: 0, to: rows, by: 65_536) {
            for text in try digests.readTexts(rows: start..<min(start + 65_536, rows)) {
                guard let digest = ContentDigest.Prefix(hexadecimal: text) else {
                    throw ArchiveError("\(path) is damaged: '\(text.prefix(80))' is not a SHA-256; generate into a new store")
                }
                numbers[digest] = UInt32(numbers.count)
            }
        }
        guard numbers.count == first + rows else {
            throw ArchiveError("\(path) is damaged: it holds a text twice; generate into a new store")
        }
    }
}
