internal import HDF5
import ObjectStore

/// The numbers of all part texts of a store, for a writer: by the first 128 bits of a text's SHA-256, so that neither texts
/// nor vectors need be in memory. Some 50 bytes a text.
package actor PartNumbers {
    private struct Digest: Hashable {
        var high: UInt64
        var low: UInt64
    }

    private var numbers: [Digest: UInt32] = [:]

    package init() {}

    /// How many texts the store has met.
    package var count: Int { numbers.count }

    /// The numbers of texts, new ones where need be.
    /// - Returns: a number each, and the texts that were new, in the order of their numbers.
    package func number(_ texts: [String]) -> (numbers: [UInt32], new: [String]) {
        var new: [String] = []
        let found = texts.map { text -> UInt32 in
            let prefix = ContentDigest.prefix(of: text)
            let digest = Digest(high: prefix.high, low: prefix.low)
            if let number = numbers[digest] { return number }
            let number = UInt32(numbers.count)
            numbers[digest] = number
            new.append(text)
            return number
        }
        return (found, new)
    }

    /// The number of a text; `nil` for a text that the store has not met.
    package func number(of text: String) -> UInt32? {
        let prefix = ContentDigest.prefix(of: text)
        return numbers[Digest(high: prefix.high, low: prefix.low)]
    }

    /// Adds the texts of a segment.
    /// - Throws: `ArchiveError` when it does not continue the segments before, or a text stands twice; `HDF5Error`.
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
                guard text.utf8.count == 64, let high = UInt64(text.prefix(16), radix: 16),
                    let low = UInt64(text.dropFirst(16).prefix(16), radix: 16)
                else { throw ArchiveError("\(path) is damaged: '\(text.prefix(80))' is not a SHA-256; generate into a new store") }
                numbers[Digest(high: high, low: low)] = UInt32(numbers.count)
            }
        }
        guard numbers.count == first + rows else {
            throw ArchiveError("\(path) is damaged: it holds a text twice; generate into a new store")
        }
    }
}
