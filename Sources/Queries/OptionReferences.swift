import Archive
import Base
import Descriptions
import Foundation
public import MarketData
import Questions

/// Option quotes of a file, as references for similar options.
public struct OptionReferences: Sendable {
    /// A quote in the form of the store.
    public struct Reference: Sendable {
        public var contract: OptionContract
        /// In the file; the header is line 1.
        public var line: Int
        /// The parts of its description, with their weights.
        fileprivate(set) var texts: [(text: String, weight: Float)]
        /// As `SearchEngine.numbers`.
        fileprivate(set) var numbers: [Double]
    }

    /// A line that is not a usable reference.
    public struct Problem: Sendable, Hashable, Encodable {
        public var line: Int
        public var reason: String
    }

    /// The quote date of the file.
    public var day: Day
    /// In the order of the file.
    public var references: [Reference] = []
    /// By line.
    public var problems: [Problem] = []
}

extension SearchBase {
    /// Reads references from a file of option quotes in the layout of the source: 18 columns by name, plain, gzip or Zstandard.
    ///
    /// Each row is described as `generate` would describe it; the underlying's close and state of the day come from the store.
    /// - Parameter path: a file with the quotes of one day.
    /// - Throws: `MarketFileError` for a file that cannot be read; `QueryError` when it holds no usable row; errors of the store.
    package func references(path: String) async throws -> OptionReferences {
        guard let day = try OptionFileReader.quoteDate(key: path, try FileBytes(path: path)) else {
            throw QueryError("\(path) holds no row with a quote date such as 2014-06-09")
        }
        var found = OptionReferences(day: day)
        let (history, describer) = (try await snapshot.barHistory(), OptionDescriber(lexicon: lexicon))
        let stocks = StockDescriber(lexicon: lexicon)
        let template = archive.manifest.descriptions.template
        try OptionFileReader(key: path, day: day).read(try FileBytes(path: path)) { block, rejected in
            found.problems += rejected.map {
                OptionReferences.Problem(line: $0.line, reason: $0.reason.rawValue + ($0.column.map { " in column \($0)" } ?? ""))
            }
            let underlyings = block.symbols.names.map { name in
                history.context(symbol: name, day: day).map(stocks.underlying) ?? OptionDescriber.Underlying()
            }
            let described = describer.describe(block, underlyings: underlyings)
            let names = block.symbols.names
            let writer = DescriptionWriter(lexicon: lexicon, template: template) { [aliases] number in
                aliases.words(for: Int(number) < names.count ? names[Int(number)] : "?")
            }
            for row in 0..<block.count {
                let close = Int(block.symbol[row]) < underlyings.count ? underlyings[Int(block.symbol[row])].close : .nan
                guard !close.isNaN else {
                    found.problems.append(
                        OptionReferences.Problem(
                            line: Int(block.line[row]), reason: "the store has no close of \(block.ticker(row)) on \(day)"))
                    continue
                }
                guard
                    let contract = try? OptionContract(
                        root: block.symbols[block.root[row]], expiry: Day(rawValue: block.expiry[row]),
                        kind: block.kind[row] == 1 ? .put : .call, strikeThousandths: block.strike[row])
                else { continue }
                let key = DescriptionKey(rawValue: described.keys[row])
                found.references.append(
                    OptionReferences.Reference(
                        contract: contract, line: Int(block.line[row]),
                        texts: template.optionParts.compactMap { part in writer.text(of: part, key: key).map { ($0, part.weight) } },
                        numbers: Self.numbers(block, row, contract, close: close.asDecimal, volatility: described.impliedVolatility[row])))
            }
        }
        found.problems.sort { $0.line < $1.line }
        guard !found.references.isEmpty else {
            let reasons = found.problems.prefix(3).map { "line \($0.line): \($0.reason)" }.joined(separator: "; ")
            throw QueryError("\(path) holds no usable reference\(reasons.isEmpty ? "" : ": " + reasons)")
        }
        return found
    }

    private static func numbers(_ block: OptionBlock, _ row: Int, _ contract: OptionContract, close: Double, volatility: Float) -> [Double] {
        func known(_ value: Int64) -> Double { value < 0 ? .nan : Double(value) }
        let volatility = volatility.isNaN ? Double.nan : volatility.asDecimal
        let (bid, ask) = (block.bid[row].asDecimal, block.ask[row].asDecimal)
        let mid = (bid + ask) / 2
        let years = BlackScholes.years(from: block.day, to: contract.expiry)
        var delta = Double.nan
        if block.day < contract.expiry, !volatility.isNaN {
            delta =
                BlackScholes(
                    kind: contract.kind, spot: close, strike: contract.strike, years: years, volatility: volatility,
                    rate: Double(OptionDescriber.rate), dividendYield: Double(OptionDescriber.dividendYield)
                ).greeks.delta
        }
        return [
            log(close / contract.strike), years.squareRoot(), volatility, delta, log1p(known(Int64(block.volume[row]))),
            log1p(known(Int64(block.openInterest[row]))), mid > 0 ? (ask - bid) / mid : .nan,
        ]
    }
}

extension SearchEngine {
    /// Options similar to a reference of a file, on its day or before; like `similar(_:)`.
    package func similar(_ request: SimilarRequest, to reference: OptionReferences.Reference) async throws -> [SimilarOption] {
        let model = try similarModel(request)
        var parts: [(number: UInt32, weight: Float)] = []
        var others: [(text: String, weight: Float)] = []
        for part in reference.texts {
            if let number = archive.parts.number(ofText: part.text) { parts.append((number, part.weight)) } else { others.append(part) }
        }
        let products = try await products(parts, others, model: model)
        return try await similar(request, model: model, products: products, numbers: reference.numbers)
    }
}
