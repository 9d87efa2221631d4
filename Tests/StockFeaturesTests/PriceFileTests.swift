import MarketData
import StockFeatures
import Testing

/// A file written by h5py (scripts/golden/stock_files.py).
struct PriceFileTests {
    let file: PriceFile

    init() throws { file = try PriceFile(FeatureFileTests.golden("prices.h5")) }

    @Test func pricesAreReadUnderEitherNameAndSorted() throws {
        #expect(file.tickers == ["AAPL", "MSFT", "SHORT", "TWICE", "ZZZ"])
        for (number, ticker) in ["AAPL", "MSFT", "ZZZ"].enumerated() {
            let series = try file.prices(of: ticker)
            #expect(series.days.first?.description == "2024-01-02")
            #expect(series.days.count == 29)
            #expect(zip(series.days, series.days.dropFirst()).allSatisfy { $0 < $1 })
            #expect(try file.days(of: ticker) == series.days)
            for (index, price) in series.prices.enumerated() {
                if ticker == "AAPL", index == 3 {
                    #expect(price.isNaN)
                } else {
                    #expect(price == Float(10 * (number + 1)) + Float(index) / 4)
                }
            }
        }
    }

    @Test func daysAreFound() throws {
        let series = try file.prices(of: "MSFT")
        #expect(try series.index(of: #require(Day(iso: "2024-01-08"))) == 4)
        #expect(try series.index(of: #require(Day(iso: "2024-01-06"))) == nil)
        #expect(try series.index(of: #require(Day(iso: "2025-01-06"))) == nil)
    }

    @Test func mismatchesAreRejectedByName() throws {
        let twice = #expect(throws: FeatureFileError.self) { try file.prices(of: "TWICE") }
        #expect(twice?.message == "has two prices on 2024-01-02")
        let short = #expect(throws: FeatureFileError.self) { try file.prices(of: "SHORT") }
        #expect(short?.message.contains("1 prices and 2 dates") == true)
        #expect(throws: FeatureFileError.self) { try file.prices(of: "NOBODY") }
        #expect(throws: FeatureFileError.self) { try PriceFile(FeatureFileTests.golden("features_gzip.h5")) }
    }
}
