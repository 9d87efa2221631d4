import Archive
import Descriptions
import Foundation
import ModelFiles
import ObjectStore
import TestSupport

extension TemporaryFolder {
    func store() throws -> any ObjectStore { try StoreLocation.folder(path + "/store").open(creating: true) }
}

enum Made {
    /// Rows whose values say where they come from, of a few descriptions.
    static func options(_ count: Int, seed: UInt64 = 1) -> OptionColumns {
        var random = SplitMix(state: seed)
        var rows = OptionColumns()
        for row in 0..<count {
            var key = DescriptionKey(ticker: UInt32.random(in: 0..<5, using: &random), kind: row % 3 == 0 ? .put : .call)
            key[.tenor] = UInt8.random(in: 0...5, using: &random)
            key[.spread] = UInt8.random(in: 0...4, using: &random)
            rows.key.append(key.rawValue)
            rows.file.append(UInt32(row % 2))
            rows.line.append(UInt32(row + 2))
            rows.quoteDate.append(16_000 + Int32(row % 7))
            rows.expiry.append(16_030)
            rows.strike.append(Int32(row) * 500)
            rows.root.append(key.ticker)
            rows.style.append(65)
            rows.bid.append(row % 5 == 0 ? .nan : Float(row) / 4)
            rows.ask.append(Float(row) / 2)
            rows.bidSize.append(-1)
            rows.askSize.append(3)
            rows.volume.append(Int32(row % 11) - 1)
            rows.openInterest.append(Int32.max - Int32(row))
            rows.impliedVolatility.append(0.25)
            rows.impliedVolatilitySource.append(1)
            rows.vendorImpliedVolatility.append(.nan)
            rows.vendorDelta.append(-0.5)
            rows.vendorGamma.append(0.1)
            rows.vendorTheta.append(-0.2)
            rows.vendorVega.append(0.3)
            rows.underlyingClose.append(99.5)
        }
        return rows
    }

    static let mask = DescriptionKey.identityMask | 7 << (Attribute.tenor.slot * 3)

    static func batch(_ count: Int, seed: UInt64 = 1) throws -> BatchContents<OptionColumns> {
        let rows = options(count, seed: seed)
        return try BatchContents(sorting: [rows], key: \.key, mask: mask, files: ["options/a.csv", "options/b.csv"])
    }

    /// Writes a batch whose parts are 0, 1, 2 … with gaps.
    static func write(_ batch: BatchContents<OptionColumns>, to path: String) async throws {
        try await BatchFile.write(
            batch, parts: parts(batch.keys.count), partCount: 3, kind: .options, year: 2013, simulated: true, to: path)
    }

    static func parts(_ descriptions: Int) -> [UInt32] {
        (0..<descriptions * 3).map { $0 % 4 == 3 ? PartsTable.none : UInt32($0) }
    }

    /// A table of some texts with vectors of two models.
    static func table(_ count: Int) -> PartsTable {
        var table = PartsTable()
        for number in 0..<count { _ = table.intern(text: "part \(number) größer") }
        for number in 0..<count / 2 { _ = table.intern(ticker: "T\(number)") }
        table.append(vectors: (0..<count * 4).map { Float($0) / 8 }, model: "small")
        table.append(vectors: (0..<count * 6).map { -Float($0) / 4 }, model: "large")
        return table
    }

    /// Parts of a table as a run hands them over.
    static func newParts(
        _ table: PartsTable, _ range: Range<Int>, models: [String: Int] = dimensions, type: PartsFile.VectorType = .f32
    ) throws -> NewParts {
        var parts = NewParts(type: type)
        try parts.append(
            Array(table.texts[range]),
            vectors: Dictionary(
                uniqueKeysWithValues: models.map { model, dimension in
                    (model, Array((table.vectors[model] ?? [])[range.lowerBound * dimension..<range.upperBound * dimension]))
                }))
        return parts
    }

    static func numbers(_ tickers: some Sequence<String>) -> TickerNumbers {
        var numbers = TickerNumbers()
        for ticker in tickers { _ = numbers.number(of: ticker) }
        return numbers
    }

    static let dimensions = ["small": 4, "large": 6]

    static func fingerprint(_ precision: String = "f32", dimension: Int = 4) -> ModelFingerprint {
        ModelFingerprint(
            weightsSHA256: String(repeating: "a", count: 64), tokenizerSHA256: "b", precision: precision, arithmetic: nil, pooling: "mean",
            queryPrefix: "", documentPrefix: "", maxTokens: 128, dimension: dimension)
    }

    static func descriptions(_ template: String = "parts") throws -> DescriptionFingerprint {
        try DescriptionFingerprint(template: .builtIn(template), lexicon: .builtIn(), aliases: .builtIn())
    }

    static func writer(
        _ store: any ObjectStore, template: String = "parts", models: [String: ModelFingerprint]? = nil, simulated: Bool = true
    ) async throws -> StoreWriter {
        try await StoreWriter(
            store: store, descriptions: descriptions(template), names: nil,
            models: models ?? ["small": fingerprint(), "large": fingerprint(dimension: 6)], calibrations: [:],
            simulated: simulated,
            vectorType: .f32)
    }
}
