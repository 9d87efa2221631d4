package import Base
import HDF5
public import MarketData
import ModelFiles
package import Descriptions

/// The file `year_YYYY/descriptions.h5`, mapped: the distinct descriptions of a year, where their rows are, and the bounds with
/// which a search skips rows. docs/formats.md describes the format.
///
/// Descriptions are in the order of their profiles. A profile is a description without its underlying; a year has some
/// thousands of profiles. The score of a description combines those of its profile and its underlying.
///
/// Opening maps the file and checks every part number once. The first use of the file on a machine computes its SHA-256 and rejects a file
/// whose digest differs from the manifest's.
public final class DescriptionIndex: Sendable {
    static let format: Int64 = 2

    /// Names all that the arrays are laid out by. Builds that agree in it read each other's files.
    static let layout = ([["\(format)"], PostingBounds.fields, ZoneMaps.columns, OptionRows.columns.map(\.name), StockRows.columns.map(\.name)])
        .map { $0.joined(separator: ",") }.joined(separator: ";")

    /// One batch of the year.
    public struct Batch: Sendable, Hashable {
        public var key: String
        public var kind: RowKind
        public var rowCount: Int
        public var days: ClosedRange<Day>
        /// The range of its zones among those of the year.
        package var zones: Range<Int>
        /// The range of its blocks among those of the year, column by column.
        var blocks: Range<Int>
    }

    public let year: Int
    /// By number.
    public let batches: [Batch]
    /// Keys without their tickers, ascending.
    package let profileKeys: MappedArray<UInt64>
    /// `profileCount + 1` positions: profile `p` has descriptions `profileStart[p] ..< profileStart[p + 1]`.
    let profileStart: MappedArray<UInt64>
    /// A plane of `profileCount` numbers for each part of the template; `PartsTable.none` for parts that name the underlying.
    package let profileParts: [MappedArray<UInt32>]
    /// Rows of the profile's descriptions.
    package let profileRows: MappedArray<UInt64>
    /// Keys of the descriptions: by profile, then ticker.
    package let keys: MappedArray<UInt64>
    /// A plane of `count` numbers for each part that names the underlying; `PartsTable.none` where a description has none.
    package let tickerParts: [MappedArray<UInt32>]
    /// Rows of each description.
    package let rowCounts: MappedArray<UInt64>
    let postingStart: MappedArray<UInt64>
    let postingBatch: MappedArray<UInt16>
    let postingRow: MappedArray<UInt32>
    let postingRows: MappedArray<UInt32>
    /// `PostingBounds.width` bytes of each.
    let postingBounds: MappedArray<UInt8>
    let bounds: MappedArray<UInt8>
    private let norms: [String: (descriptions: MappedArray<Float>, profiles: MappedArray<Float>)]
    /// By column.
    let zoneMinimum: [MappedArray<Float>]
    let zoneMaximum: [MappedArray<Float>]
    /// The lowest and the highest key of each zone. In batches of segments, the zone may lack tickers between the two.
    package let zoneFirstKey: MappedArray<UInt64>
    package let zoneLastKey: MappedArray<UInt64>
    let blockOffset: MappedArray<UInt64>
    let blockBytes: MappedArray<UInt32>
    /// Keys of source objects.
    private let files: [String]
    /// By batch, positions in `files`.
    private let batchFiles: [[Int]]
    /// Days on which a stock's row is described as a split, by ticker.
    public let splits: [UInt32: [Day]]

    /// Descriptions.
    public var count: Int { keys.count }
    package var profileCount: Int { profileKeys.count }
    package var zoneCount: Int { zoneFirstKey.count }

    /// Where some rows of a description are.
    package struct Posting: Sendable, Hashable {
        package var batch: Int
        package var rows: Range<Int>
        /// Position among all postings, for `canHold(posting:field:_:)`.
        package var number: Int
    }

    /// Opens an index.
    /// - Parameters:
    ///   - models: the models whose norms are needed.
    ///   - partCount: how many parts the store has.
    ///   - sha256: the digest in the manifest; `nil` for a file whose bytes are known to be correct.
    /// - Throws: `ArchiveError` for another digest, format or shape; `HDF5Error`; `FileError`.
    package init(path: String, year: Int, models: [String], partCount: Int, sha256: String?) throws {
        self.year = year
        if let sha256 {
            let found = try DigestCache().digest(path)
            guard found == sha256 else { throw ArchiveError("its bytes have changed: they do not match its SHA-256") }
        }
        let map = try MemoryMap(path: path)
        let file = try HDF5File(reading: path)
        guard try file.root.int64Attribute("year") == Int64(year) else { throw ArchiveError("it is not of \(year)") }
        let format = try file.root.int64Attribute("format")
        guard format == Self.format else {
            throw ArchiveError(
                "it has format \(format), and this build reads format \(Self.format); run `tapedeck index rebuild --all`", kind: .unsupported)
        }
        let blocks = Blocks(map: map, root: file.root)
        func shape(_ holds: Bool) throws { guard holds else { throw ArchiveError("its arrays do not match each other") } }

        profileKeys = try blocks.list("profiles", "key")
        profileStart = try blocks.list("profiles", "start")
        profileParts = try blocks.planes("profiles", "parts")
        profileRows = try blocks.list("profiles", "rows")
        keys = try blocks.list("descriptions", "key")
        tickerParts = try blocks.planes("descriptions", "parts")
        rowCounts = try blocks.list("descriptions", "rows")
        postingStart = try blocks.list("descriptions", "posting_start")
        postingBatch = try blocks.list("postings", "batch")
        postingRow = try blocks.list("postings", "first_row")
        postingRows = try blocks.list("postings", "rows")
        postingBounds = try blocks.list("postings", "bounds")
        bounds = try blocks.list("descriptions", "bounds")
        guard try file.root.group("postings").dataset("column").readTexts() == PostingBounds.fields else {
            throw ArchiveError("its bounds are of other columns than this build's; run `tapedeck index rebuild --all`", kind: .unsupported)
        }
        let (profiles, count, postings) = (profileKeys.count, keys.count, postingRow.count)
        try shape(
            profileStart.count == profiles + 1 && profileRows.count == profiles && profileStart[0] == 0 && profileStart[profiles] == UInt64(count)
                && zip(profileStart, profileStart.dropFirst()).allSatisfy { $0 <= $1 }
                && profileParts.allSatisfy { $0.count == profiles } && tickerParts.allSatisfy { $0.count == count }
                && (1...DescriptionTemplate.partLimit).contains(profileParts.count) && tickerParts.count <= profileParts.count
                && rowCounts.count == count && postingStart.count == count + 1 && postingBatch.count == postings && postingRows.count == postings
                && bounds.count == count * PostingBounds.width && postingBounds.count == postings * PostingBounds.width)
        // Reject numbers beyond the table of scores here, so that scoring need not check them.
        for plane in profileParts + tickerParts {
            try shape(plane.withUnsafe { $0.allSatisfy { Int($0) < partCount || $0 == PartsTable.none } })
        }

        var norms: [String: (MappedArray<Float>, MappedArray<Float>)] = [:]
        for model in models {
            let name = ArchiveLayout.name(ofModel: model)
            let pair: (MappedArray<Float>, MappedArray<Float>) = (try blocks.list("norms", name), try blocks.list("profile_norms", name))
            try shape(pair.0.count == count && pair.1.count == 2 * profiles)
            norms[model] = pair
        }
        self.norms = norms

        zoneMinimum = try blocks.planes("zones", "minimum")
        zoneMaximum = try blocks.planes("zones", "maximum")
        zoneFirstKey = try blocks.list("zones", "first_key")
        zoneLastKey = try blocks.list("zones", "last_key")
        let zones = zoneFirstKey.count
        try shape(
            zoneMinimum.count == ZoneMaps.columns.count && zoneMaximum.count == zoneMinimum.count && zoneLastKey.count == zones
                && (zoneMinimum + zoneMaximum).allSatisfy { $0.count == zones })
        guard try file.root.group("zones").dataset("column").readTexts() == ZoneMaps.columns else {
            throw ArchiveError("its zone maps are of other columns than this build's; run `tapedeck index rebuild --all`", kind: .unsupported)
        }

        blockOffset = try blocks.list("blocks", "offset")
        blockBytes = try blocks.list("blocks", "bytes")
        let columns = [OptionRows.columns.map(\.name), StockRows.columns.map(\.name)]
        let places = try file.root.group("blocks")
        guard try [places.dataset("option_column").readTexts(), places.dataset("stock_column").readTexts()] == columns else {
            throw ArchiveError("its rows are of other columns than this build's; run `tapedeck index rebuild --all`", kind: .unsupported)
        }

        let group = try file.root.group("batches")
        let numbers: [UInt32] = try group.dataset("number").read()
        let kinds: [UInt8] = try group.dataset("kind").read()
        let rows: [UInt64] = try group.dataset("rows").read()
        let first: [Int32] = try group.dataset("first_day").read()
        let last: [Int32] = try group.dataset("last_day").read()
        try shape([kinds.count, rows.count, first.count, last.count].allSatisfy { $0 == numbers.count } && numbers.count <= Int(UInt16.max))
        var batches: [Batch] = []
        var (zone, block) = (0, 0)
        for index in numbers.indices {
            guard let rowCount = Int(exactly: rows[index]), rowCount <= Int(UInt32.max), kinds[index] <= 1, first[index] <= last[index] else {
                throw ArchiveError("its numbers for batch \(numbers[index]) are invalid")
            }
            let end = zone + ZoneMaps.count(rows: rowCount)
            let blockEnd = block + columns[Int(kinds[index])].count * Self.blockCount(rows: rowCount)
            batches.append(
                Batch(
                    key: ArchiveLayout.batch(year: year, number: Int(numbers[index])), kind: kinds[index] == 0 ? .options : .stocks,
                    rowCount: rowCount, days: Day(rawValue: first[index])...Day(rawValue: last[index]), zones: zone..<end,
                    blocks: block..<blockEnd))
            (zone, block) = (end, blockEnd)
        }
        try shape(zone == zones && block == blockOffset.count && block == blockBytes.count)
        self.batches = batches

        let files = try file.root.group("files").dataset("key").readTexts()
        self.files = files
        let fileCounts: [UInt32] = try file.root.group("files").dataset("batch_files").read()
        let fileNumbers: [UInt32] = try file.root.group("files").dataset("number").read()
        try shape(
            fileCounts.count == batches.count && fileCounts.reduce(0) { $0 + Int($1) } == fileNumbers.count
                && fileNumbers.allSatisfy { Int($0) < files.count })
        var rest = fileNumbers[...]
        batchFiles = fileCounts.map { count in
            defer { rest = rest.dropFirst(Int(count)) }
            return rest.prefix(Int(count)).map { Int($0) }
        }

        let tickers: [UInt32] = try file.root.group("splits").dataset("ticker").read()
        let days: [Int32] = try file.root.group("splits").dataset("day").read()
        try shape(tickers.count == days.count)
        splits = Dictionary(grouping: zip(tickers, days), by: \.0).mapValues { $0.map { Day(rawValue: $0.1) } }
    }

    /// The descriptions of a profile.
    package func descriptions(ofProfile profile: Int) -> Range<Int> { Int(profileStart[profile])..<Int(profileStart[profile + 1]) }

    /// The profile of a description.
    package func profile(ofDescription description: Int) -> Int { profileStart.upperBound(of: UInt64(description), in: 0..<profileStart.count) - 1 }

    /// Appends the part numbers of a description, in the order of the template; `PartsTable.none` for a missing part.
    /// - Parameter tickerParts: the positions of the parts that name the underlying, in the template of the description's kind.
    package func appendParts(ofDescription description: Int, profile: Int, tickerParts places: [Int], to parts: inout [UInt32]) {
        var plane = 0
        for column in profileParts.indices {
            if plane < places.count, places[plane] == column {
                parts.append(tickerParts[plane][description])
                plane += 1
            } else {
                parts.append(profileParts[column][profile])
            }
        }
    }

    /// The description of a profile and ticker; `nil` when there is none.
    package func description(profile: Int, ticker: UInt32) -> Int? {
        let range = descriptions(ofProfile: profile)
        let place = keys.upperBound(of: profileKeys[profile] | UInt64(ticker) << DescriptionKey.tickerShift, in: range) - 1
        guard place >= range.lowerBound, DescriptionKey(rawValue: keys[place]).ticker == ticker else { return nil }
        return place
    }

    /// The description of a key, masked to the template; `nil` when there is none.
    package func description(key: DescriptionKey) -> Int? {
        let bare = Self.profile(of: key.rawValue)
        let place = profileKeys.upperBound(of: bare, in: 0..<profileCount) - 1
        guard place >= 0, profileKeys[place] == bare else { return nil }
        return description(profile: place, ticker: key.ticker)
    }

    /// A key without its ticker.
    static func profile(of key: UInt64) -> UInt64 { key & ((1 << DescriptionKey.tickerShift) - 1) }

    /// The order of descriptions as one number: by profile, then ticker.
    static func rank(of key: UInt64) -> UInt64 { profile(of: key) << 24 | UInt64(DescriptionKey(rawValue: key).ticker) }

    /// Where the rows of a description are, by batch.
    /// - Throws: `ArchiveError` when the file is damaged.
    package func postings(ofDescription description: Int) throws(ArchiveError) -> [Posting] {
        let range = try postingRange(description)
        var postings: [Posting] = []
        postings.reserveCapacity(range.count)
        for place in range {
            let (batch, row, rows) = (Int(postingBatch[place]), Int(postingRow[place]), Int(postingRows[place]))
            guard batch < batches.count, row + rows <= batches[batch].rowCount else { throw damage }
            postings.append(Posting(batch: batch, rows: row..<row + rows, number: place))
        }
        return postings
    }

    /// Whether the rows of a description can have a number whose code is in a range.
    /// - Parameter field: position in `PostingBounds.fields`.
    package func canHold(description: Int, field: Int, _ codes: ClosedRange<UInt8>) -> Bool {
        let place = description * PostingBounds.width + 2 * field
        return bounds[place] <= codes.upperBound && bounds[place + 1] >= codes.lowerBound
    }

    /// Clears the marks of descriptions whose rows cannot have a number whose code is in a range.
    /// - Parameters:
    ///   - marks: one for each of `descriptions`.
    ///   - field: position in `PostingBounds.fields`.
    package func mark(_ marks: inout [Bool], _ descriptions: Range<Int>, field: Int, _ codes: ClosedRange<UInt8>) {
        let first = descriptions.lowerBound * PostingBounds.width + 2 * field
        bounds.withUnsafe { bounds in
            for place in marks.indices {
                let (low, high) = (bounds[first + place * PostingBounds.width], bounds[first + place * PostingBounds.width + 1])
                marks[place] = marks[place] && low <= codes.upperBound && high >= codes.lowerBound
            }
        }
    }

    /// Like `canHold(description:field:_:)`, for the rows of a posting.
    package func canHold(posting: Int, field: Int, _ codes: ClosedRange<UInt8>) -> Bool {
        let place = posting * PostingBounds.width + 2 * field
        return postingBounds[place] <= codes.upperBound && postingBounds[place + 1] >= codes.lowerBound
    }

    /// One over the norms of the descriptions' weighted sums; the index must have been opened with the model.
    package func inverseNorms(_ model: String) -> MappedArray<Float>? { norms[model]?.descriptions }

    /// The lowest and the highest of a profile's descriptions, two for each profile.
    package func profileNorms(_ model: String) -> MappedArray<Float>? { norms[model]?.profiles }

    private static func blockCount(rows: Int) -> Int { (rows + HDF5Chunks.columnRows - 1) / HDF5Chunks.columnRows }

    /// Where a block of a column is in the file of its batch.
    /// - Parameter column: position in the columns of the batch's rows.
    /// - Throws: `ArchiveError` for a block that cannot exist.
    func place(batch: Int, column: Int, block: Int) throws(ArchiveError) -> HDF5ChunkPlace {
        let batch = batches[batch]
        let number = batch.blocks.lowerBound + column * Self.blockCount(rows: batch.rowCount) + block
        guard batch.blocks.contains(number),
            let place = HDF5ChunkPlace(
                offset: blockOffset[number], byteCount: UInt64(blockBytes[number]), rawCount: HDF5Chunks.columnRows * MemoryLayout<UInt64>.size)
        else { throw ArchiveError("the index of descriptions of \(year) is damaged") }
        return place
    }

    /// Whether the index states the correct places of a batch's rows and source objects.
    func fits<Rows>(_ columns: BatchColumns<Rows>, batch: Int) throws -> Bool {
        let places = batches[batch].blocks.map { HDF5ChunkPlace(offset: blockOffset[$0], byteCount: UInt64(blockBytes[$0]), rawCount: .max / 4) }
        return try columns.rowCount == batches[batch].rowCount && columns.places() == places && columns.files() == files(ofBatch: batch)
    }

    /// Keys of the source objects that the rows of a batch refer to.
    func files(ofBatch batch: Int) -> [String] { batchFiles[batch].map { files[$0] } }

    /// The bounds of a column in a zone; `nil` when no row of the zone has the number.
    /// - Parameter column: position in `ZoneMaps.columns`.
    package func bounds(zone: Int, column: Int) -> ClosedRange<Float>? {
        let (low, high) = (zoneMinimum[column][zone], zoneMaximum[column][zone])
        return low <= high ? low...high : nil
    }

    /// The bounds of a column in all zones: +∞ and −∞ if no row has the number.
    /// - Parameter column: position in `ZoneMaps.columns`.
    package func withZoneBounds<Result>(
        column: Int, _ body: (_ minimum: UnsafeBufferPointer<Float>, _ maximum: UnsafeBufferPointer<Float>) -> Result
    ) -> Result {
        zoneMinimum[column].withUnsafe { minimum in zoneMaximum[column].withUnsafe { maximum in body(minimum, maximum) } }
    }

    /// The rows of a zone in its batch.
    package func rows(zone: Int, ofBatch batch: Int) -> Range<Int> {
        let start = (zone - batches[batch].zones.lowerBound) * ZoneMaps.zoneRows
        return start..<min(start + ZoneMaps.zoneRows, batches[batch].rowCount)
    }
}

/// The blocks of a file as arrays.
private struct Blocks {
    let map: MemoryMap
    let root: HDF5Group

    func list<Element: HDF5Element>(_ group: String, _ name: String) throws -> MappedArray<Element> {
        let (block, rows, columns) = try find(group, name, Element.self)
        guard let array = MappedArray(map, offset: block.offset, count: rows * columns, of: Element.self) else { throw damaged(name) }
        return array
    }

    /// The rows of a table, each as an array.
    func planes<Element: HDF5Element>(_ group: String, _ name: String) throws -> [MappedArray<Element>] {
        let (block, rows, columns) = try find(group, name, Element.self)
        return try (0..<rows).map { row in
            let offset = block.offset + row * columns * MemoryLayout<Element>.size
            guard let array = MappedArray(map, offset: offset, count: columns, of: Element.self) else { throw damaged(name) }
            return array
        }
    }

    private func find<Element: HDF5Element>(_ group: String, _ name: String, _ element: Element.Type) throws -> (HDF5Block, rows: Int, columns: Int) {
        guard let block = try root.group(group).block(name), block.type == Element.hdf5Type, (1...2).contains(block.shape.count) else {
            throw damaged(name)
        }
        return (block, block.shape[0], block.shape.count == 2 ? block.shape[1] : 1)
    }

    private func damaged(_ name: String) -> ArchiveError { ArchiveError("its array \(name) has another type or layout") }
}

extension MappedArray where Element: Comparable {
    /// The position after the last element of an ascending range that is not greater than `value`.
    fileprivate func upperBound(of value: Element, in range: Range<Int>) -> Int {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] <= value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
