import Base
import HDF5
import MarketData

/// A description index that is being written: all its arrays are allocated, and are filled in any order. docs/formats.md
/// describes the format.
struct DescriptionIndexFile {
    /// The index's entry of a batch.
    struct Batch {
        var number: UInt32
        var kind: RowKind
        var rowCount: Int
        /// `Day.rawValue`.
        var days: ClosedRange<Int32>
        /// Keys of its source objects.
        var files: [String]
    }

    /// Lengths of the arrays.
    struct Shape {
        var profiles: Int
        /// Parts of a description.
        var parts: Int
        var descriptions: Int
        /// Parts that name the underlying.
        var tickerParts: Int
        var postings: Int
        var zones: Int
        var blocks: Int
    }

    let map: WritableMap
    let profileKey: HDF5Block
    let profileStart: HDF5Block
    /// A plane of `Shape.profiles` for each part.
    let profileParts: HDF5Block
    let profileRows: HDF5Block
    let key: HDF5Block
    /// A plane of `Shape.descriptions` for each part that names the underlying.
    let tickerParts: HDF5Block
    let rows: HDF5Block
    let start: HDF5Block
    let postingBatch: HDF5Block
    let postingRow: HDF5Block
    let postingRows: HDF5Block
    let postingBounds: HDF5Block
    /// Bounds over all postings of a description.
    let bounds: HDF5Block
    /// By model, in the order given.
    let norms: [(descriptions: HDF5Block, profiles: HDF5Block)]
    let minimum: HDF5Block
    let maximum: HDF5Block
    let firstKey: HDF5Block
    let lastKey: HDF5Block
    let blockOffset: HDF5Block
    let blockBytes: HDF5Block

    /// Creates the file with the data that is known before the arrays.
    /// - Parameters:
    ///   - splits: tickers and days.
    ///   - models: the models whose norms it stores.
    /// - Throws: `HDF5Error`; `FileError`, of kind `.outOfSpace` when the disk is full.
    init(
        creating path: String, year: Int, isSimulated: Bool, batches: [Batch], splits: [(ticker: UInt32, day: Int32)], _ shape: Shape,
        models: [String]
    ) throws {
        let file = try HDF5File(creating: path, alignment: (threshold: 1, bytes: 8))
        try file.root.setAttribute("format", to: DescriptionIndex.format)
        try file.root.setAttribute("year", to: Int64(year))
        try file.root.setAttribute("simulated", to: isSimulated ? "simulated" : "no")
        try file.root.setAttribute("zone_rows", to: Int64(ZoneMaps.zoneRows))
        let batchGroup = try file.root.createGroup("batches")
        try batchGroup.store(try .column(batches.map(\.number)), as: "number")
        try batchGroup.store(try .column(batches.map { UInt8($0.kind == .options ? 0 : 1) }), as: "kind")
        try batchGroup.store(try .column(batches.map { UInt64($0.rowCount) }), as: "rows")
        try batchGroup.store(try .column(batches.map(\.days.lowerBound)), as: "first_day")
        try batchGroup.store(try .column(batches.map(\.days.upperBound)), as: "last_day")
        let files = Set(batches.flatMap(\.files)).sorted()
        let fileNumbers = Dictionary(uniqueKeysWithValues: files.enumerated().map { ($1, UInt32($0)) })
        let fileGroup = try file.root.createGroup("files")
        try fileGroup.createTexts("key", files)
        try fileGroup.store(try .column(batches.map { UInt32($0.files.count) }), as: "batch_files")
        try fileGroup.store(try .column(batches.flatMap { $0.files.map { fileNumbers[$0] ?? 0 } }), as: "number")
        let splitGroup = try file.root.createGroup("splits")
        try splitGroup.store(try .column(splits.map(\.ticker)), as: "ticker")
        try splitGroup.store(try .column(splits.map(\.day)), as: "day")

        let profileGroup = try file.root.createGroup("profiles")
        profileKey = try profileGroup.createBlock("key", type: .uint64, shape: [shape.profiles])
        profileStart = try profileGroup.createBlock("start", type: .uint64, shape: [shape.profiles + 1])
        profileParts = try profileGroup.createBlock("parts", type: .uint32, shape: [shape.parts, shape.profiles])
        profileRows = try profileGroup.createBlock("rows", type: .uint64, shape: [shape.profiles])
        let count = shape.descriptions
        let group = try file.root.createGroup("descriptions")
        key = try group.createBlock("key", type: .uint64, shape: [count])
        tickerParts = try group.createBlock("parts", type: .uint32, shape: [shape.tickerParts, count])
        rows = try group.createBlock("rows", type: .uint64, shape: [count])
        start = try group.createBlock("posting_start", type: .uint64, shape: [count + 1])
        let postings = try file.root.createGroup("postings")
        postingBatch = try postings.createBlock("batch", type: .uint16, shape: [shape.postings])
        postingRow = try postings.createBlock("first_row", type: .uint32, shape: [shape.postings])
        postingRows = try postings.createBlock("rows", type: .uint32, shape: [shape.postings])
        try postings.createTexts("column", PostingBounds.fields)
        postingBounds = try postings.createBlock("bounds", type: .uint8, shape: [shape.postings, PostingBounds.width])
        bounds = try group.createBlock("bounds", type: .uint8, shape: [count, PostingBounds.width])
        let normGroup = try file.root.createGroup("norms")
        let profileNorms = try file.root.createGroup("profile_norms")
        norms = try models.map { model in
            let name = ArchiveLayout.name(ofModel: model)
            return (
                try normGroup.createBlock(name, type: .float32, shape: [count]),
                try profileNorms.createBlock(name, type: .float32, shape: [shape.profiles, 2])
            )
        }
        let zones = try file.root.createGroup("zones")
        try zones.createTexts("column", ZoneMaps.columns)
        minimum = try zones.createBlock("minimum", type: .float32, shape: [ZoneMaps.columns.count, shape.zones])
        maximum = try zones.createBlock("maximum", type: .float32, shape: [ZoneMaps.columns.count, shape.zones])
        firstKey = try zones.createBlock("first_key", type: .uint64, shape: [shape.zones])
        lastKey = try zones.createBlock("last_key", type: .uint64, shape: [shape.zones])
        let blocks = try file.root.createGroup("blocks")
        try blocks.createTexts("option_column", OptionRows.columns.map(\.name))
        try blocks.createTexts("stock_column", StockRows.columns.map(\.name))
        blockOffset = try blocks.createBlock("offset", type: .uint64, shape: [shape.blocks])
        blockBytes = try blocks.createBlock("bytes", type: .uint32, shape: [shape.blocks])
        try file.close()
        map = try WritableMap(path: path)
    }

    /// Writes some values of an array.
    /// - Parameter position: of the first value.
    func put<Value: BitwiseCopyable>(_ values: some Collection<Value>, in block: HDF5Block, at position: Int = 0) {
        let target = map.bytes[(block.offset + position * MemoryLayout<Value>.stride)...]
        _ = UnsafeMutableRawBufferPointer(rebasing: target.prefix(values.count * MemoryLayout<Value>.stride))
            .withMemoryRebound(to: Value.self) { $0.update(fromContentsOf: values) }
    }

    /// Clears the bounds of all descriptions.
    /// - Parameter count: of descriptions.
    func clearBounds(count: Int) {
        for place in 0..<count {
            for field in PostingBounds.fields.indices {
                PostingBounds.none.store(in: map.bytes, at: bounds.offset + PostingBounds.width * place, field: field)
            }
        }
    }

    /// Writes a posting, without its bounds.
    /// - Parameter position: among all postings.
    func putPosting(at position: Int, batch: Int, firstRow: UInt32, rows: UInt32) {
        map.bytes.storeBytes(of: UInt16(clamping: batch), toByteOffset: postingBatch.offset + 2 * position, as: UInt16.self)
        map.bytes.storeBytes(of: firstRow, toByteOffset: postingRow.offset + 4 * position, as: UInt32.self)
        map.bytes.storeBytes(of: rows, toByteOffset: postingRows.offset + 4 * position, as: UInt32.self)
    }

    /// Widens the bounds of a description.
    func widen(description: Int, field: Int, by codes: PostingBounds.Codes) {
        let place = bounds.offset + PostingBounds.width * description
        PostingBounds.Codes(map.bytes, at: place, field: field).union(codes).store(in: map.bytes, at: place, field: field)
    }

    /// Writes the profiles' share of the norms: the lowest and the highest of each profile's descriptions.
    /// - Parameters:
    ///   - norms: by description.
    ///   - profileStart: where the descriptions of each profile begin.
    ///   - model: position among the models.
    func put(norms: [Float], profileStart: [UInt64], ofModel model: Int) {
        put(norms, in: self.norms[model].descriptions)
        put(
            profileStart.indices.dropLast().flatMap { profile -> [Float] in
                let members = norms[Int(profileStart[profile])..<Int(profileStart[profile + 1])]
                return [members.min() ?? 0, members.max() ?? 0]
            }, in: self.norms[model].profiles)
    }

    /// Writes the rows of descriptions and of profiles.
    /// - Parameter rowCounts: by description.
    func put(rowCounts: [UInt64], profileStart: [UInt64]) {
        put(rowCounts, in: rows)
        put(
            profileStart.indices.dropLast().map { profile in
                rowCounts[Int(profileStart[profile])..<Int(profileStart[profile + 1])].reduce(0, +)
            }, in: profileRows)
    }
}
