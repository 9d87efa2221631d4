import Archive
import Descriptions
import ObjectStore
import VectorIndex

/// The distinct descriptions of a year, over all its batches.
struct YearDescriptions {
    /// Ascending.
    var keys: [DescriptionKey] = []
    /// By description: its part numbers; stocks and options may have different numbers of them.
    var parts: [ArraySlice<UInt32>] = []

    static func read(_ writer: ArchiveWriter, year: Int, batches: Int) async throws -> YearDescriptions {
        var found: [(key: DescriptionKey, parts: ArraySlice<UInt32>)] = []
        for number in 0..<batches {
            let key = ArchiveLayout.batch(year: year, number: number)
            // A repair may have taken one out.
            guard writer.manifest.objects[key] != nil else { continue }
            let path = try await writer.store.localPath(of: key)
            let batch = try BatchDescriptions(path: path)
            for (index, key) in batch.keys.enumerated() {
                found.append((key, batch.parts[index * batch.partCount..<(index + 1) * batch.partCount]))
            }
        }
        found.sort { $0.key < $1.key }
        var result = YearDescriptions()
        for item in found where item.key != result.keys.last {
            result.keys.append(item.key)
            result.parts.append(item.parts)
        }
        return result
    }
}
