import Base
import Digests
import Foundation
import HDF5
public import MarketData
import ModelFiles
import Portfolio

/// A simulated stock market for a backtest: features, prices with volumes, and a checkpoint, all from a seed.
///
/// Stocks pass through regimes that last some months. A regime affects the features and the later returns, so that clusters
/// have something to find. Some stocks are listed late, stop trading, split or lack days, as real ones do.
public struct SimulatedStocks: Sendable {
    public var tickers = 200
    /// First and last day.
    public var start = Day(rawValue: 19_359)
    public var end = Day(rawValue: 19_905)
    public var seed: UInt64 = 1
    public var features = 40
    public var hidden = 64
    public var layers = 2
    public var heads = 4
    /// Rows of a window, which the checkpoint states.
    public var rows = 30
    /// Share of stocks that stop trading within a year.
    public var delistings = 0.05
    /// Share of stock days without a row or a close.
    public var gaps = 0.002

    public init() {}

    /// What was written.
    public struct Summary: Sendable {
        public let tickers, sessions, rows, delisted, splits: Int
    }

    /// Writes features.h5, prices.h5, model.safetensors, splits.csv and SIMULATED.md into a new or empty folder.
    /// - Throws: `BacktestError` when the folder holds something.
    public func write(to folder: String) throws -> Summary {
        guard tickers > 0, tickers <= 100_000, features >= 8, hidden % 16 == 0, hidden > 0, layers > 0, hidden % heads == 0, rows > 0, rows <= 3000,
            start < end
        else {
            throw BacktestError(
                .invalidInput,
                "tickers, layers and rows must be positive, features at least 8, width a multiple of 16 and of the heads, start before end")
        }
        let manager = FileManager.default
        if let found = try? manager.contentsOfDirectory(atPath: folder), !found.isEmpty {
            throw BacktestError(.invalidInput, "\(folder) holds files; name a new or empty folder")
        }
        do {
            try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let sessions = Self.sessions(from: start, through: end)
            guard sessions.count > rows + 40 else {
                throw BacktestError(
                    .invalidInput, "from \(start) to \(end) there are \(sessions.count) sessions; windows of \(rows) rows need \(rows + 41)")
            }
            let summary = try writeMarket(sessions, folder)
            try writeModel(folder + "/model.safetensors")
            let note = """
                # Simulated data

                `tapedeck simulate stocks` made every number in this folder from seed \(seed). Nothing here says anything about a market.

                """
            try FileSystem.write(Array(note.utf8), to: folder + "/SIMULATED.md")
            return summary
        } catch let error as HDF5Error {
            throw BacktestError(.unavailable, "\(error)")
        } catch let error as FileError {
            throw BacktestError(.unavailable, error.description)
        } catch let error as CocoaError {
            throw BacktestError(.unavailable, "\(folder): \(error.localizedDescription)")
        }
    }

    static func sessions(from start: Day, through end: Day) -> [Day] {
        (0...start.days(to: end)).map { start.adding(days: $0) }.filter { TradingCalendar.unitedStates.isSession($0) }
    }

    private static let regimeDrifts = [0.0018, 0.0009, 0.0003, -0.0003, -0.0009, -0.0018]

    private func writeMarket(_ sessions: [Day], _ folder: String) throws -> Summary {
        var market = NormalNumbers(seed: seed)
        let regimes = Self.regimeDrifts.count
        // What a regime looks like.
        let looks = (0..<regimes).map { _ in (0..<features).map { _ in market.next() } }
        let moves = sessions.map { _ in 0.0002 + 0.007 * market.next() }
        let featureFile = try HDF5File(creating: folder + "/features.h5"), priceFile = try HDF5File(creating: folder + "/prices.h5")
        var (rowCount, delisted) = (0, 0)
        var splits: [(ticker: String, day: Day, factor: Int)] = []
        for number in 0..<tickers {
            let name = Self.name(number, of: tickers)
            var own = NormalNumbers(seed: SplitMix64.mix(seed ^ SplitMix64.mix(UInt64(number) + 1)))
            let first = own.unit() < 0.1 ? Int(own.unit() * Double(sessions.count) / 2) : 0
            var last = sessions.count
            if own.unit() < delistings * Double(sessions.count) / 252 {
                last = first + rows + Int(own.unit() * Double(sessions.count - first - rows))
                delisted += 1
            }
            let beta = 0.6 + 0.8 * own.unit(), volatility = 0.012 + 0.012 * own.unit()
            let style = (0..<features).map { _ in 0.4 * own.next() }
            var regime = Int(own.unit() * Double(regimes)) % regimes
            var price = 10 + 140 * own.unit()
            // A separate random sequence, so that volumes change nothing else.
            var trading = NormalNumbers(seed: SplitMix64.mix(seed ^ SplitMix64.mix(UInt64(number) + 1) ^ 0x766F_6C75_6D65))
            let usual = 12.5 + 1.2 * trading.next()
            var closes: [Float] = [], volumes: [Float] = [], table: [Float] = [], days: [Day] = [], priceDays: [Day] = []
            for place in first..<last {
                if place > first {
                    let change = beta * moves[place] + Self.regimeDrifts[regime] + volatility * own.next()
                    price *= max(0.5, 1 + change)
                }
                if own.unit() < 1 / 50 { regime = Int(own.unit() * Double(regimes)) % regimes }
                // A failing company's price falls first.
                if last < sessions.count, last - place < 15 { price *= 0.97 }
                if price > 60, own.unit() < 1 / 700 { splits.append((name, sessions[place], own.unit() < 0.7 ? 2 : 3)) }
                if own.unit() >= gaps {
                    priceDays.append(sessions[place])
                    closes.append(Float(price))
                    volumes.append(Float(exp(usual + 0.4 * trading.next()).rounded()))
                }
                if own.unit() >= gaps {
                    days.append(sessions[place])
                    for column in 0..<features {
                        table.append(Float(0.8 * looks[regime][column] + style[column] + 0.5 * own.next()))
                    }
                }
            }
            // Adjusted closes and volumes: earlier closes are divided by later splits.
            for split in splits where split.ticker == name {
                for place in closes.indices {
                    closes[place] /= Float(split.factor)
                    volumes[place] *= Float(split.factor)
                }
            }
            guard !days.isEmpty, !priceDays.isEmpty else { continue }
            let group = try featureFile.root.createGroup(name)
            try group.createTexts("dates", days.map(\.description))
            try group.createDataset("features", type: .float32, columns: features, storage: .uncompressed(chunkRows: days.count)).append(table)
            let prices = try priceFile.root.createGroup(name)
            try prices.createTexts("dates", priceDays.map(\.description))
            try prices.createDataset("prices", type: .float32).append(closes)
            try prices.createDataset("volume", type: .float32).append(volumes)
            rowCount += days.count
        }
        try featureFile.close()
        try priceFile.close()
        let table = "ticker,date,factor\n" + splits.map { "\($0.ticker),\($0.day),\($0.factor)\n" }.joined()
        try FileSystem.write(Array(table.utf8), to: folder + "/splits.csv")
        return Summary(tickers: tickers, sessions: sessions.count, rows: rowCount, delisted: delisted, splits: splits.count)
    }

    private static func name(_ number: Int, of count: Int) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        var width = 3, size = 26 * 26 * 26
        while size < count {
            width += 1
            size *= 26
        }
        var rest = number * (size / count)
        var text = ""
        for _ in 0..<width {
            text = String(letters[rest % 26]) + text
            rest /= 26
        }
        return text
    }

    /// A checkpoint in safetensors. Its last layer has small weights, so that expected returns are small.
    private func writeModel(_ path: String) throws {
        let configuration = StockModelConfiguration(
            features: features, hidden: hidden, layers: layers, heads: heads, intermediate: 4 * hidden, maxRows: max(256, rows),
            prediction: .regression, hasConfidence: true)
        var header: [String: Any] = [
            "__metadata__": ["num_heads": "\(heads)", "seq_len": "\(rows)", "flavour": "walk-forward", "simulated": "seed \(seed)"]
        ]
        var data: [UInt8] = []
        for (name, shape) in configuration.shapes.sorted(by: { $0.key < $1.key }) {
            let count = shape.reduce(1, *)
            var numbers = NormalNumbers(seed: SplitMix64.mix(seed) ^ SubsetSampler.key(name))
            let isNorm = name.contains("norm") && name.hasSuffix("weight") || name == "input_proj.1.weight"
            let scale =
                name.hasSuffix("bias")
                ? 0.02 : name == "pos_encoding" ? 0.02 : name == "pred_head.3.weight" ? 0.002 : 1 / Double(shape[shape.count - 1]).squareRoot()
            let values = (0..<count).map { _ in isNorm ? Float(1) : Float(scale * numbers.next()) }
            header[name] = ["dtype": "F32", "shape": shape, "data_offsets": [data.count, data.count + count * 4]] as [String: Any]
            values.withUnsafeBytes { data.append(contentsOf: $0) }
        }
        let json = try JSONSerialization.data(withJSONObject: header, options: [.sortedKeys])
        let padding = (8 - json.count % 8) % 8
        var bytes = withUnsafeBytes(of: UInt64(json.count + padding).littleEndian) { [UInt8]($0) }
        bytes += [UInt8](json) + [UInt8](repeating: 32, count: padding) + data
        try FileSystem.write(bytes, to: path)
    }
}

/// Normally distributed numbers from a seed. Source: Box and Muller, 1958.
private struct NormalNumbers {
    private var random: SplitMix64
    private var spare: Double?

    init(seed: UInt64) { random = SplitMix64(state: SplitMix64.mix(seed)) }

    /// At least 0, below 1.
    mutating func unit() -> Double { Double(random.next() >> 11) * 0x1p-53 }

    mutating func next() -> Double {
        if let spare {
            self.spare = nil
            return spare
        }
        let radius = (-2 * log(1 - unit())).squareRoot(), angle = 2 * Double.pi * unit()
        spare = radius * sin(angle)
        return radius * cos(angle)
    }
}
