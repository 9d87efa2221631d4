import Base
package import Descriptions
package import ObjectStore

/// Distinct descriptions of a year, over all its batches, ascending by key. They are kept on disk: each batch's descriptions
/// are sorted, and merging them takes a few pages of each.
package struct YearDescriptions {
    /// A run of consecutive descriptions.
    package struct Slice {
        package var keys: [DescriptionKey]
        /// Row-major, `partCount` per description; `PartsTable.none` for missing parts.
        package var parts: [UInt32]

        package init(keys: [DescriptionKey], parts: [UInt32]) {
            self.keys = keys
            self.parts = parts
        }
    }

    /// Number of descriptions per slice.
    static let sliceCount = 8192
    /// Number of descriptions read of a batch at a time.
    private static let pageCount = 1024

    private let scratch: ScratchFile
    private var slices: [(keys: ScratchFile.Place, parts: ScratchFile.Place)] = []
    package private(set) var count = 0
    /// Part numbers per description; a kind with fewer parts has `PartsTable.none` in the rest.
    package let partCount: Int

    /// - Parameter manifest: lists the batches.
    package static func read(_ store: any ObjectStore, manifest: Manifest, year: Int) async throws -> YearDescriptions {
        let template = manifest.descriptions.template
        let partCount = max(template.optionParts.count, template.stockParts.count)
        let scratch = try ScratchFile()
        var runs: [Run] = []
        for batch in StoreReader.batches(of: manifest) where batch.year == year {
            let found = try BatchDescriptions(path: try await manifest.localPath(of: batch.key, in: store))
            var parts = found.parts
            if found.partCount < partCount {
                parts = stride(from: 0, to: found.parts.count, by: found.partCount).flatMap { start in
                    found.parts[start..<start + found.partCount]
                        + [UInt32](repeating: PartsTable.none, count: partCount - found.partCount)
                }
            }
            runs.append(
                Run(keys: try scratch.append(found.keys.map(\.rawValue)), parts: try scratch.append(parts), width: partCount))
        }
        var result = YearDescriptions(scratch: try ScratchFile(), partCount: partCount)
        try result.merge(runs, from: scratch)
        return result
    }

    private init(scratch: ScratchFile, partCount: Int) {
        self.scratch = scratch
        self.partCount = partCount
    }

    /// - Parameter body: receives the slices in order.
    package func forEachSlice(_ body: (Slice) throws -> Void) throws {
        for slice in slices {
            try body(
                Slice(
                    keys: try scratch.read(slice.keys, as: UInt64.self).map(DescriptionKey.init(rawValue:)),
                    parts: try scratch.read(slice.parts)))
        }
    }

    private mutating func merge(_ runs: [Run], from file: ScratchFile) throws {
        var runs = runs
        var heap = MergeHeap()
        for number in runs.indices {
            if let key = try runs[number].first(file) { heap.push(key: key, run: number) }
        }
        var keys: [UInt64] = []
        var parts: [UInt32] = []
        var last: UInt64?
        while let (key, number) = heap.top {
            if key != last {
                keys.append(key)
                parts += runs[number].parts
                last = key
                if keys.count == Self.sliceCount {
                    try store(&keys, &parts)
                }
            }
            heap.replaceTop(with: try runs[number].next(file))
        }
        if !keys.isEmpty { try store(&keys, &parts) }
    }

    private mutating func store(_ keys: inout [UInt64], _ parts: inout [UInt32]) throws {
        slices.append((try scratch.append(keys), try scratch.append(parts)))
        count += keys.count
        keys.removeAll(keepingCapacity: true)
        parts.removeAll(keepingCapacity: true)
    }

    /// A batch's descriptions, read page by page.
    private struct Run {
        private let keyPlace: ScratchFile.Place
        private let partPlace: ScratchFile.Place
        private let width: Int
        private var page = 0..<0
        private var keys: [UInt64] = []
        private var tuples: [UInt32] = []
        private var position = 0

        init(keys: ScratchFile.Place, parts: ScratchFile.Place, width: Int) {
            keyPlace = keys
            partPlace = parts
            self.width = width
        }

        /// The parts of the key that `first` or `next` returned.
        var parts: ArraySlice<UInt32> {
            let row = position - page.lowerBound
            return tuples[row * width..<(row + 1) * width]
        }

        mutating func first(_ file: ScratchFile) throws -> UInt64? { try key(file) }

        mutating func next(_ file: ScratchFile) throws -> UInt64? {
            position += 1
            return try key(file)
        }

        private mutating func key(_ file: ScratchFile) throws -> UInt64? {
            guard position < keyPlace.count else { return nil }
            if !page.contains(position) {
                page = position..<min(position + YearDescriptions.pageCount, keyPlace.count)
                keys = try file.read(keyPlace, page)
                tuples = try file.read(partPlace, page.lowerBound * width..<page.upperBound * width)
            }
            return keys[position - page.lowerBound]
        }
    }
}

/// Runs of a merge, ordered by current key with the lowest on top; of equal keys, the earlier run comes first.
struct MergeHeap {
    private var items: [(key: UInt64, run: Int)] = []

    var top: (key: UInt64, run: Int)? { items.first }

    mutating func push(key: UInt64, run: Int) {
        items.append((key, run))
        var child = items.count - 1
        while child > 0, items[child] < items[(child - 1) / 2] {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Advances the top run; removes a run that has ended.
    mutating func replaceTop(with key: UInt64?) {
        if let key {
            items[0].key = key
        } else {
            items[0] = items[items.count - 1]
            items.removeLast()
        }
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < items.count else { return }
            if child + 1 < items.count, items[child + 1] < items[child] { child += 1 }
            guard items[child] < items[parent] else { return }
            items.swapAt(child, parent)
            parent = child
        }
    }
}
