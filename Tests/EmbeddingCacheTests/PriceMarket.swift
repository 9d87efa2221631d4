import HDF5

/// Price files of made-up prices.
enum PriceMarket {
    static func write(_ tickers: [String: [String]], to path: String) throws {
        let file = try HDF5File(creating: path)
        for (ticker, dates) in tickers.sorted(by: { $0.key < $1.key }) {
            let group = try file.root.createGroup(ticker)
            try group.createTexts("dates", dates)
            try group.createDataset("prices", type: .float32).append(dates.map { _ in Float(1) })
        }
        try file.close()
    }
}
