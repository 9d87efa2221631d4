import Base
import HDF5
import ModelFiles
package import ObjectStore
import VectorIndex

/// The part vectors of one model, read from the store's segments on demand.
package final class StoredVectors {
    private struct Segment {
        var path: String
        var parts: Range<Int>
        /// The rows of the parts, ascending; `nil` if they are all of the file's.
        var rows: [UInt32]?

        /// The row of a part.
        func row(_ part: UInt32) -> Int {
            let place = Int(part) - parts.lowerBound
            return rows.map { Int($0[place]) } ?? place
        }
    }

    package let dimension: Int
    private let model: String
    private var segments: [Segment] = []
    private var open: [Int: HDF5Dataset] = [:]
    /// Number of segments kept open; each takes a file descriptor.
    private static let openLimit = 200
    /// Number of unneeded rows between two needed ones that are read along, which is cheaper than another read.
    private static let gap = 8

    /// - Throws: `ArchiveError` when a segment is damaged or lacks the model, errors of the store.
    package init(_ store: any ObjectStore, manifest: Manifest, model: String) async throws {
        guard let dimension = manifest.models[model]?.dimension else {
            throw ArchiveError("the store at \(store.location.description) has no vectors of the model \(model)")
        }
        self.model = model
        self.dimension = dimension
        try await append(store, manifest)
    }

    /// The vectors of a store and of the segments that it is read with.
    /// - Throws: as `init(_:manifest:model:)`.
    package convenience init(_ archive: StoreReader, model: String) async throws {
        try await self.init(archive.store, manifest: archive.manifest, model: model)
        for segment in archive.segments { try await append(segment.store, segment.manifest, only: segment.translation.newParts[...]) }
    }

    /// Adds the files of a store or segment.
    /// - Parameter wanted: the numbers of the parts to add, ascending; all when `nil`.
    private func append(_ store: any ObjectStore, _ manifest: Manifest, only wanted: ArraySlice<UInt32>? = nil) async throws {
        var wanted = wanted
        var (number, first) = (0, 0)
        while manifest.objects[ArchiveLayout.parts(segment: number)] != nil {
            let path = try await manifest.localPath(of: ArchiveLayout.parts(segment: number), in: store)
            let rows = try Self.dataset(path, model: model, dimension: dimension).rowCount()
            let own = wanted?.prefix { Int($0) < first + rows }.map { $0 - UInt32(first) }
            wanted = wanted?.dropFirst(own?.count ?? 0)
            segments.append(Segment(path: path, parts: count..<count + (own?.count ?? rows), rows: own))
            (number, first) = (number + 1, first + rows)
        }
    }

    /// Parts that have a vector.
    package var count: Int { segments.last?.parts.upperBound ?? 0 }

    /// Vectors of some parts: `numbers.count` x dimension, row-major.
    /// - Parameter numbers: ascending, without repeats.
    package func rows(_ numbers: [UInt32]) throws -> [Float] {
        var result: [Float] = []
        result.reserveCapacity(numbers.count * dimension)
        var next = 0
        for (number, segment) in segments.enumerated() {
            while next < numbers.count, segment.parts.contains(Int(numbers[next])) {
                var end = next + 1
                while end < numbers.count, Int(numbers[end]) < segment.parts.upperBound,
                    segment.row(numbers[end]) - segment.row(numbers[end - 1]) <= Self.gap
                { end += 1 }
                let first = segment.row(numbers[next])
                let read = try read(number, first..<segment.row(numbers[end - 1]) + 1)
                for wanted in numbers[next..<end] {
                    let row = segment.row(wanted) - first
                    result += read[row * dimension..<(row + 1) * dimension]
                }
                next = end
            }
        }
        guard next == numbers.count else { throw ArchiveError("part \(numbers[next]) has no vector of \(model)") }
        return result
    }

    /// The vectors of some parts, each once, followed by a vector of zeros.
    /// - Parameter parts: in any order; `PartsTable.none` for none.
    /// - Returns: vectors, row-major; and for each element of `parts`, the position of its vector.
    package func table(of parts: [UInt32]) throws -> (rows: [Float], tuples: [UInt32]) {
        let distinct = Set(parts).subtracting([PartsTable.none]).sorted()
        let places = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, UInt32($0)) })
        let zeros = UInt32(distinct.count)
        return (try rows(distinct) + [Float](repeating: 0, count: dimension), parts.map { places[$0] ?? zeros })
    }

    private func read(_ segment: Int, _ rows: Range<Int>) throws -> [Float] {
        if open[segment] == nil {
            if open.count >= Self.openLimit { open = [:] }
            open[segment] = try Self.dataset(segments[segment].path, model: model, dimension: dimension)
        }
        guard let set = open[segment] else { return [] }
        return set.type == .float16 ? HalfFloats.floats(try set.read(rows: rows)) : try set.read(rows: rows)
    }

    private static func dataset(_ path: String, model: String, dimension: Int) throws -> HDF5Dataset {
        let set = try HDF5File(reading: path).root.group("vectors").dataset(ArchiveLayout.name(ofModel: model))
        guard set.columns == dimension else { throw ArchiveError("\(path): the vectors of \(model) do not have \(dimension) components") }
        return set
    }
}
