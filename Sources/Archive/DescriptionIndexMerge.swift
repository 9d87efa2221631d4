import Base
import Foundation
import Descriptions
import HDF5
import MarketData

/// Joins the description indices of a year: that of the store and those of segments, and translates the numbers of segments.
///
/// Memory: 28 bytes per distinct description, 4 per description of the store's index, 16 per description of a segment, and the pages
/// of the indices. Cost: a pass over descriptions and postings; no rows and no vectors are read.
struct DescriptionIndexMerge {
    /// An index to join.
    struct Input {
        let index: DescriptionIndex
        /// The numbers of the batches in the joined index.
        let numbers: [UInt32]
        /// `nil` if the index has the store's numbers.
        let translation: NumberTranslation?
        /// Descriptions in the order of the joined index, by profile and ticker; `nil` for the index's own order.
        private let order: [UInt32]?

        init(_ index: DescriptionIndex, numbers: [UInt32], translation: NumberTranslation?) {
            self.index = index
            self.numbers = numbers
            self.translation = translation
            guard let translation else {
                order = nil
                return
            }
            // Translation keeps the profile.
            order = (0..<index.profileCount).flatMap { profile in
                index.descriptions(ofProfile: profile).map { (key: translation.key(index.keys[$0]), place: UInt32($0)) }
                    .sorted { $0.key < $1.key }.map(\.place)
            }
        }

        /// The description at a position of the joined order.
        func description(_ position: Int) -> Int { order.map { Int($0[position]) } ?? position }

        func key(_ description: Int) -> UInt64 {
            let key = index.keys[description]
            return translation.map { $0.key(key) } ?? key
        }

        func part(_ number: UInt32) -> UInt32 { translation.map { $0.part(number) } ?? number }

        /// The order of the joined index as one number.
        func rank(_ position: Int) -> UInt64 {
            DescriptionIndex.rank(of: key(description(position)))
        }
    }

    /// At least one, each with descriptions. Parts, norms and splits of earlier inputs take precedence.
    let inputs: [Input]
    let year: Int
    let isSimulated: Bool
    /// Whose norms are wanted.
    let models: [String]

    /// The distinct descriptions.
    private struct Distinct {
        var keys: [UInt64] = []
        /// The first input that has each, and its position there.
        var input: [UInt32] = []
        var description: [UInt32] = []
        /// By input and description, the position in the joined index.
        var place: [[UInt32]]
        /// Where the descriptions of each profile begin, and the end.
        var profileStart: [UInt64] = []
    }

    private func distinct() -> Distinct {
        var result = Distinct(place: inputs.map { [UInt32](repeating: 0, count: $0.index.count) })
        var positions = [Int](repeating: 0, count: inputs.count)
        var heap = MergeHeap()
        for (number, input) in inputs.enumerated() where input.index.count > 0 { heap.push(key: input.rank(0), run: number) }
        var last: UInt64?
        while let (rank, number) = heap.top {
            let input = inputs[number]
            let description = input.description(positions[number])
            if rank != last {
                let key = input.key(description)
                if result.keys.last.map({ DescriptionIndex.profile(of: $0) != DescriptionIndex.profile(of: key) }) ?? true {
                    result.profileStart.append(UInt64(result.keys.count))
                }
                result.keys.append(key)
                result.input.append(UInt32(number))
                result.description.append(UInt32(description))
                last = rank
            }
            result.place[number][description] = UInt32(result.keys.count - 1)
            positions[number] += 1
            heap.replaceTop(with: positions[number] < input.index.count ? input.rank(positions[number]) : nil)
        }
        result.profileStart.append(UInt64(result.keys.count))
        return result
    }

    /// Writes the joined index.
    /// - Throws: `HDF5Error`; `FileError`; `ArchiveError` when an index is damaged.
    func write(to path: String) throws {
        let distinct = distinct()
        let count = distinct.keys.count
        var start = [UInt64](repeating: 0, count: count + 1)
        for (input, places) in zip(inputs, distinct.place) {
            for (description, place) in places.enumerated() { start[Int(place) + 1] += UInt64(try input.index.postingRange(description).count) }
        }
        for place in 0..<count { start[place + 1] += start[place] }
        let planes = inputs.map(\.index.tickerParts.count).max() ?? 1
        let width = inputs.map(\.index.profileParts.count).max() ?? 1
        let zones = inputs.reduce(0) { $0 + $1.index.zoneCount }
        let file = try DescriptionIndexFile(
            creating: path, year: year, isSimulated: isSimulated, batches: inputs.flatMap(\.batches), splits: splits,
            DescriptionIndexFile.Shape(
                profiles: distinct.profileStart.count - 1, parts: width, descriptions: count, tickerParts: planes, postings: Int(start[count]),
                zones: zones, blocks: inputs.reduce(0) { $0 + $1.index.blockOffset.count }), models: models)
        let profileFirst = distinct.profileStart.dropLast().map { Int($0) }
        file.put(profileFirst.map { DescriptionIndex.profile(of: distinct.keys[$0]) }, in: file.profileKey)
        file.put(distinct.profileStart, in: file.profileStart)
        for column in 0..<width {
            let numbers = profileFirst.map { place in
                let input = inputs[Int(distinct.input[place])]
                let profile = input.index.profile(ofDescription: Int(distinct.description[place]))
                return column < input.index.profileParts.count ? input.part(input.index.profileParts[column][profile]) : PartsTable.none
            }
            file.put(numbers, in: file.profileParts, at: column * profileFirst.count)
        }
        file.put(distinct.keys, in: file.key)
        for plane in 0..<planes {
            let numbers = zip(distinct.input, distinct.description).map { number, description in
                let input = inputs[Int(number)]
                return plane < input.index.tickerParts.count ? input.part(input.index.tickerParts[plane][Int(description)]) : PartsTable.none
            }
            file.put(numbers, in: file.tickerParts, at: plane * count)
        }
        file.put(start, in: file.start)
        file.put(rowCounts: try putPostings(distinct, start, in: file), profileStart: distinct.profileStart)
        for (number, model) in models.enumerated() {
            let known = try inputs.map { input in
                guard let norms = input.index.inverseNorms(model) else {
                    throw ArchiveError("the index of descriptions of \(year) was opened without norms of \(model)")
                }
                return norms
            }
            let norms = zip(distinct.input, distinct.description).map { known[Int($0)][Int($1)] }
            file.put(norms: norms, profileStart: distinct.profileStart, ofModel: number)
        }
        try putZones(zoneCount: zones, in: file)
    }

    /// - Returns: the rows of each description.
    private func putPostings(_ distinct: Distinct, _ start: [UInt64], in file: DescriptionIndexFile) throws -> [UInt64] {
        var next = start
        var totals = [UInt64](repeating: 0, count: distinct.keys.count)
        let width = PostingBounds.width
        file.clearBounds(count: distinct.keys.count)
        var firstBatch = 0
        for (input, places) in zip(inputs, distinct.place) {
            let index = input.index
            for (description, place) in places.enumerated() {
                let place = Int(place)
                totals[place] += index.rowCounts[description]
                for field in PostingBounds.fields.indices {
                    let source = width * description + 2 * field
                    file.widen(
                        description: place, field: field, by: PostingBounds.Codes(low: index.bounds[source], high: index.bounds[source + 1]))
                }
                for posting in try index.postingRange(description) {
                    let position = Int(next[place])
                    next[place] += 1
                    file.putPosting(
                        at: position, batch: firstBatch + Int(index.postingBatch[posting]), firstRow: index.postingRow[posting],
                        rows: index.postingRows[posting])
                    index.postingBounds.withUnsafe { bounds in
                        UnsafeMutableRawBufferPointer(rebasing: file.map.bytes[(file.postingBounds.offset + width * position)...])
                            .copyMemory(from: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bounds[width * posting..<width * (posting + 1)])))
                    }
                }
            }
            firstBatch += index.batches.count
        }
        return totals
    }

    private func putZones(zoneCount: Int, in file: DescriptionIndexFile) throws {
        var (zone, block) = (0, 0)
        for input in inputs {
            let index = input.index
            for column in ZoneMaps.columns.indices {
                file.put(index.zoneMinimum[column], in: file.minimum, at: column * zoneCount + zone)
                file.put(index.zoneMaximum[column], in: file.maximum, at: column * zoneCount + zone)
            }
            let (lowest, highest) = try input.zoneKeys()
            file.put(lowest, in: file.firstKey, at: zone)
            file.put(highest, in: file.lastKey, at: zone)
            zone += index.zoneCount
            file.put(index.blockOffset, in: file.blockOffset, at: block)
            file.put(index.blockBytes, in: file.blockBytes, at: block)
            block += index.blockOffset.count
        }
    }

    private var splits: [(ticker: UInt32, day: Int32)] {
        var found: [UInt32: Set<Int32>] = [:]
        for input in inputs {
            for (ticker, days) in input.index.splits {
                found[input.translation?.ticker(ticker) ?? ticker, default: []].formUnion(days.map(\.rawValue))
            }
        }
        return found.sorted { $0.key < $1.key }.flatMap { ticker, days in days.sorted().map { (ticker, $0) } }
    }
}

extension DescriptionIndexMerge.Input {
    fileprivate var batches: [DescriptionIndexFile.Batch] {
        index.batches.enumerated().map { place, batch in
            DescriptionIndexFile.Batch(
                number: numbers[place], kind: batch.kind, rowCount: batch.rowCount,
                days: batch.days.lowerBound.rawValue...batch.days.upperBound.rawValue,
                files: index.files(ofBatch: place))
        }
    }

    /// The lowest and the highest key of each zone.
    fileprivate func zoneKeys() throws -> (lowest: [UInt64], highest: [UInt64]) {
        guard translation != nil else { return (Array(index.zoneFirstKey), Array(index.zoneLastKey)) }
        var lowest = [UInt64](repeating: .max, count: index.zoneCount)
        var highest = [UInt64](repeating: 0, count: index.zoneCount)
        for description in 0..<index.count {
            let key = key(description)
            for posting in try index.postings(ofDescription: description) where !posting.rows.isEmpty {
                let first = index.batches[posting.batch].zones.lowerBound
                for zone in first + posting.rows.lowerBound / ZoneMaps.zoneRows...first + (posting.rows.upperBound - 1) / ZoneMaps.zoneRows {
                    lowest[zone] = min(lowest[zone], key)
                    highest[zone] = max(highest[zone], key)
                }
            }
        }
        return (lowest, highest)
    }
}

extension DescriptionIndex {
    /// Positions of the postings of a description.
    func postingRange(_ description: Int) throws(ArchiveError) -> Range<Int> {
        let (start, end) = (postingStart[description], postingStart[description + 1])
        guard start <= end, end <= UInt64(postingRow.count) else { throw damage }
        return Int(start)..<Int(end)
    }

    var damage: ArchiveError { ArchiveError("the index of descriptions of \(year) is damaged") }
}
