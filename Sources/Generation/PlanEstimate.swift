import Archive
import MarketData

/// Extrapolates from a sample to the whole: rows by file size, descriptions and texts by their growth with the number of
/// files.
struct PlanEstimate {
    private(set) var years: [RunPlan.Year] = []
    /// Number of texts that are new to the store.
    let texts: Int
    private let optionTexts: DistinctGrowth?
    /// Ratio of all stock bytes to those of the sample.
    let stockScale: Double
    private let rowBytes: Double
    /// Memory for the bars of a year and of the year before, in bytes.
    let barBytes: Int
    private let configuration: EmbeddingGenerationConfig

    /// Rows per byte of some files.
    private struct Rate {
        var files = 0
        var rows = 0
        var bytes = 0

        mutating func add(rows more: Int, bytes size: Int) {
            files += 1
            rows += more
            bytes += size
        }

        func rows(in size: Int) -> Double { bytes > 0 ? Double(rows) * Double(size) / Double(bytes) : 0 }
    }

    private struct RateKey: Hashable {
        /// `nil` for all years.
        var year: Int?
        var isCompressed: Bool
    }

    init(
        inputs: PlanInputs, sample: PlanSample, run: SampleRun, configuration: EmbeddingGenerationConfig, stored: StoredInputs
    ) {
        self.configuration = configuration
        let keys = sample.keys
        let optionRows = Self.rows(of: inputs.options, sampled: keys, run: run) { _, _, _ in false }
        let readsStocks = configuration.kinds.contains(.stocks)
        var stockRows = readsStocks ? Self.rows(of: inputs.stockDays, sampled: keys, run: run, isDone: stored.holds) : [:]
        let symbolScale = Self.scale(inputs.stockSymbols.map(\.object), sample.stockSymbols.map(\.object))
        if readsStocks {
            for (year, rows) in run.rows {
                let found = sample.stockSymbols.reduce(0) { sum, file in
                    stored.holds(file.object.key, size: file.object.size, year: year) ? sum : sum + (rows[file.object.key] ?? 0)
                }
                stockRows[year, default: 0] += Double(found) * symbolScale
            }
        }
        stockScale = Self.scale(
            inputs.stockDays.map(\.object) + inputs.stockSymbols.map(\.object),
            sample.stockDays.map(\.object) + sample.stockSymbols.map(\.object))
        let bars = run.content.filter { $0.key.kind == .stocks }
        let most = bars.keys.map { (bars[$0]?.rows ?? 0) + (bars[.init(kind: .stocks, year: $0.year - 1)]?.rows ?? 0) }.max() ?? 0
        barBytes = Int(60 * Double(most) * stockScale)

        var pooled = DistinctGrowth()
        for (place, content) in run.content where place.kind == .options { pooled.add(content.descriptions) }
        for year in Set(optionRows.keys).union(stockRows.keys).sorted() where configuration.includes(year: year) {
            let rows = (optionRows[year] ?? 0) + (stockRows[year] ?? 0)
            guard rows > 0 else { continue }
            let own = run.content[.init(kind: .options, year: year)]?.descriptions ?? DistinctGrowth()
            let files = inputs.optionFiles[year] ?? 0
            let options = own.units >= min(8, files) ? own : pooled
            let stocks = run.content[.init(kind: .stocks, year: year)]?.descriptions ?? DistinctGrowth()
            let mine = inputs.options.filter { $0.day.year == year }
            years.append(
                RunPlan.Year(
                    year: year, files: mine.count, bytes: mine.reduce(0) { $0 + $1.object.size }, rows: Int(rows.rounded()),
                    distinctDescriptions: Int(
                        (options.expected(in: files) + stocks.expected(in: Int(Double(stocks.units) * stockScale))).rounded())))
        }

        optionTexts = run.textGrowth[.options]
        var unseen = 0.0
        if let growth = run.textGrowth[.options] {
            unseen += growth.expected(in: max(growth.units, inputs.options.count)) - Double(growth.observed)
        }
        if let growth = run.textGrowth[.stocks] {
            unseen += growth.expected(in: Int(Double(growth.units) * stockScale)) - Double(growth.observed)
        }
        let new = run.texts.count { !stored.texts.contains($0) }
        let share = run.texts.isEmpty ? 0 : Double(new) / Double(run.texts.count)
        texts = new + Int((unseen * share).rounded())

        rowBytes = RowKind.allCases.reduce(0) { sum, kind in
            let content = run.content.filter { $0.key.kind == kind }.values
            let rows = content.reduce(0) { $0 + $1.rows }, bytes = content.reduce(0) { $0 + $1.storedBytes }
            let wanted = (kind == .options ? optionRows : stockRows).values.reduce(0, +)
            return rows > 0 ? sum + wanted * Double(bytes) / Double(rows) : sum
        }
    }

    /// Expected number of distinct texts in some option files.
    func texts(inFiles files: Int) -> Int { Int((optionTexts?.expected(in: files) ?? 0).rounded()) }

    /// Rows of daily files by year. Sampled files are counted; others are estimated from their size, with the rate of their
    /// year if three or more sampled files support it.
    private static func rows(
        of files: [SourceInventory.DayFile], sampled: Set<String>, run: SampleRun,
        isDone: (_ key: String, _ size: Int, _ year: Int) -> Bool
    ) -> [Int: Double] {
        var rates: [RateKey: Rate] = [:]
        for file in files where sampled.contains(file.object.key) {
            let rows = run.rows[file.day.year]?[file.object.key] ?? 0
            let isCompressed = PlanSample.isCompressed(file.object.key)
            rates[RateKey(year: file.day.year, isCompressed: isCompressed), default: Rate()].add(rows: rows, bytes: file.object.size)
            rates[RateKey(isCompressed: isCompressed), default: Rate()].add(rows: rows, bytes: file.object.size)
        }
        return files.reduce(into: [:]) { rows, file in
            let (key, size, year) = (file.object.key, file.object.size, file.day.year)
            guard !isDone(key, size, year) else { return }
            if sampled.contains(key) {
                rows[year, default: 0] += Double(run.rows[year]?[key] ?? 0)
                return
            }
            let isCompressed = PlanSample.isCompressed(key)
            let own = rates[RateKey(year: year, isCompressed: isCompressed)] ?? Rate()
            let all = rates[RateKey(isCompressed: isCompressed)] ?? Rate()
            rows[year, default: 0] += (own.files >= 3 ? own : all).rows(in: size)
        }
    }

    private static func scale(_ all: [SourceInventory.Object], _ sample: [SourceInventory.Object]) -> Double {
        let part = sample.reduce(0) { $0 + PlanSample.text($1) }
        return part > 0 ? Double(all.reduce(0) { $0 + PlanSample.text($1) }) / Double(part) : 0
    }

    /// Bytes of batches, indices of vectors and descriptions, and part vectors.
    func storeBytes(dimensions: [Int]) -> Int {
        let vectorBytes = configuration.storesHalfPrecision ? 2 : 4
        let indices =
            configuration.buildsIndices
            ? dimensions.reduce(0) { sum, dimension in
                years.reduce(sum) { $0 + IndexTiming.bytes($1.distinctDescriptions, dimension: dimension) }
            } : 0
        let descriptions = years.reduce(0) { sum, year in
            let batches = 1 + year.rows / max(1, configuration.batchSize)
            // A description has rows in some of the year's batches: at most in all, and seldom fewer than four in one.
            let perDescription = min(batches, max(1, year.rows / max(1, 4 * year.distinctDescriptions)))
            // The arrays of the description index, and the fixed part of the files of a year.
            return sum + 40_000 + year.distinctDescriptions * (45 + 4 * dimensions.count + 18 * perDescription)
        }
        // A text and its digest take about 120 bytes.
        return Int(rowBytes) + indices + descriptions + texts * (120 + dimensions.reduce(0) { $0 + $1 * vectorBytes })
    }
}
