import Archive
import Base
import Descriptions
import MarketData
import Synchronization
import Parquet
import VectorIndex

/// Composes the vectors of descriptions from those of their parts: the L2-normalised weighted sums.
final class DescriptionVectors: Sendable {
    let model: String
    let dimension: Int
    /// The vectors of all parts and a vector of zeros, if they take little memory.
    private let all: [Float]?
    private let stored: Mutex<StoredVectors>

    /// Limit of part vectors kept in memory, in bytes. A template such as `joint`, in which every description is a part, exceeds it; its
    /// vectors are read on demand.
    private static let memoryLimit = 256 << 20

    init(_ archive: StoreReader, model: String) async throws {
        self.model = model
        let vectors = try await StoredVectors(archive, model: model)
        let dimension = vectors.dimension
        self.dimension = dimension
        all =
            (vectors.count + 1) * dimension * MemoryLayout<Float>.stride <= Self.memoryLimit
            ? try vectors.rows((0..<UInt32(vectors.count)).map { $0 }) + [Float](repeating: 0, count: dimension) : nil
        stored = Mutex(vectors)
    }

    /// - Parameters:
    ///   - parts: part numbers, row-major, one per weight for each description; `PartsTable.none` for none.
    ///   - weights: of the parts.
    /// - Returns: vectors, row-major.
    /// - Throws: `ArchiveError` for a part without a vector.
    func compose(_ parts: [UInt32], weights: [Float]) throws -> [Float] {
        if let all {
            let zero = UInt32(all.count / dimension - 1)
            let tuples = try parts.map { part in
                if part == PartsTable.none { return zero }
                guard part < zero else { throw ExportError("the store has no vector of \(model) for the part \(part)", kind: .damaged) }
                return part
            }
            return ScanKernels.weightedSums(of: all, dimensions: dimension, tuples: tuples, weights: weights, normalised: true)
        }
        let (rows, tuples) = try stored.withLock { try $0.table(of: parts) }
        return ScanKernels.weightedSums(of: rows, dimensions: dimension, tuples: tuples, weights: weights, normalised: true)
    }
}

/// Descriptions of a year as columns: their parts, words and categories.
struct DescriptionWords: Sendable {
    let index: DescriptionIndex
    let template: DescriptionTemplate
    let lexicon: Lexicon
    let writer: DescriptionWriter
    let tickers: [String]
    /// The name of each ticker in descriptions, in UTF-8.
    let names: [[UInt8]]
    /// By kind (options, stocks): the positions of the parts that name the underlying.
    private let tickerParts: [[Int]]

    init(_ index: DescriptionIndex, template: DescriptionTemplate, lexicon: Lexicon, aliases: AliasTable, tickers: [String]) {
        self.index = index
        self.template = template
        self.lexicon = lexicon
        self.tickers = tickers
        writer = DescriptionWriter(lexicon: lexicon, template: template) { number in
            Int(number) < tickers.count ? aliases.words(for: tickers[Int(number)]) : "?"
        }
        names = tickers.map { Array(aliases.words(for: $0).utf8) }
        tickerParts = [RowKind.options, .stocks].map { template.tickerParts(of: $0) }
    }

    /// Parts of a description.
    var width: Int { index.profileParts.count }

    static func kind(_ key: DescriptionKey) -> RowKind { key.kind == .stock ? .stocks : .options }

    /// Appends the part numbers of a description.
    func appendParts(of description: Int, profile: Int, to parts: inout [UInt32]) {
        let isStock = DescriptionKey(rawValue: index.keys[description]).kind == .stock
        index.appendParts(ofDescription: description, profile: profile, tickerParts: tickerParts[isStock ? 1 : 0], to: &parts)
    }

    func weights(of kind: RowKind) -> [Float] { template.weights(of: kind, width: width) }

    /// The words of a category column.
    func categories(_ attribute: Attribute) -> [String] { lexicon[attribute].categories.map(\.words) }

    /// A column of the underlyings of some descriptions.
    func underlyings(_ keys: [DescriptionKey]) -> ParquetColumnData {
        let isNull = keys.map { Int($0.ticker) >= tickers.count }
        return ParquetColumnData(.codes(zip(keys, isNull).map { $1 ? 0 : $0.ticker }, dictionary: tickers), isNull: isNull)
    }

    /// A column of the kinds of some descriptions.
    func kinds(_ keys: [DescriptionKey]) -> ParquetColumnData {
        .categories(keys.map { $0.kind?.rawValue ?? 0 }, InstrumentKind.allCases.map(\.name))
    }
}

/// The name of an attribute's column.
func categoryColumn(_ attribute: Attribute) -> String { attribute.rawValue.snakeCased + "_category" }

/// The name of a model's column of vectors: a word that is a valid name in every engine.
func vectorColumn(_ model: String) -> String {
    "vector_" + String(model.unicodeScalars.map { $0.isASCII && $0.properties.isAlphabetic || ("0"..."9").contains($0) ? Character($0) : "_" })
}
