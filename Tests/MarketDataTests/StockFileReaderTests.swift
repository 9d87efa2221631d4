import Base
import Foundation
import MarketData
import Testing

@Suite struct StockFileReaderTests {
    private struct Outcome {
        var rows: [String] = []
        var rejected: [RejectedRow] = []
        var summary = ReadSummary()

        init(_ text: String, _ layout: StockFileReader.Layout, on set: InstructionSet = .best) throws {
            summary = try set.limitingThread {
                try StockFileReader(key: "key.csv", layout: layout).read(MemoryBytes(Array(text.utf8))) { block, rejectedRows in
                    for i in 0..<block.count {
                        rows.append(
                            "\(block.line[i]) \(block.symbols[block.symbol[i]]) \(Day(rawValue: block.quoteDate[i])) "
                                + "\(block.open[i]) \(block.high[i]) \(block.low[i]) \(block.close[i]) "
                                + "\(block.volume[i]) \(block.adjustedClose[i])")
                    }
                    rejected += rejectedRows
                }
            }
        }
    }

    private let day = Day(iso: "2008-09-22")!

    @Test func readsACrossSection() throws {
        let text =
            "symbol,open,high,low,close,volume,adjust_close\nAAPL,139.78,140.25,130.66,131.05,30412900,4.031501\n"
            + "TRUE,1,2,1,1.5,1710178.0,\nNAN,1,2,1,1.5,,1.5\nnan,1,2,1,1.5,0,1.5\n"
        for set in InstructionSet.all {
            let outcome = try Outcome(text, .crossSection(day), on: set)
            #expect(outcome.rejected.isEmpty)
            #expect(
                outcome.rows == [
                    "2 AAPL 2008-09-22 139.78 140.25 130.66 131.05 30412900 4.031501",
                    "3 TRUE 2008-09-22 1.0 2.0 1.0 1.5 1710178 nan",
                    "4 NAN 2008-09-22 1.0 2.0 1.0 1.5 -1 1.5",
                    "5 nan 2008-09-22 1.0 2.0 1.0 1.5 0 1.5",
                ])
        }
    }

    @Test func readsTheHistoryOfASymbol() throws {
        let text =
            "trade_date,Open,High,Low,Close,Volume\r\n2010-01-04,213.55,214.50,212.38,214.18,16984291\r\n"
            + "2010-01-05,0.123456,0.2,0.1,0.15,1\r\n"
        let outcome = try Outcome(text, .history(symbol: "BRK.B"))
        #expect(
            outcome.rows == [
                "2 BRK.B 2010-01-04 213.55 214.5 212.38 214.18 16984291 nan",
                "3 BRK.B 2010-01-05 0.123456 0.2 0.1 0.15 1 nan",
            ])
    }

    @Test(arguments: [
        ("2010-01-05,1,2,1,0,5", RejectionReason.priceNotPositive), ("2010-01-05,1,2,1,-1,5", .negativePrice),
        ("2010-01-05,1,1,2,1,5", .highBelowLow), ("2010-01-05,1,2,1,x,5", .unparsableNumber),
        ("2010-01-05,,2,1,1,5", .unparsableNumber), ("2010-13-05,1,2,1,1,5", .badDate), ("2010-01-05,1,2,1,1", .wrongColumnCount),
        ("2010-01-04,1,2,1,1,5", .duplicateRow), ("2010-01-05,1,2,1,1,-5", .numberOutOfRange),
        ("2010-01-05,1,2,1,1,\u{0}", .nulByte),
    ])
    func rejectsABarAndContinues(line: String, reason: RejectionReason) throws {
        let text = "trade_date,Open,High,Low,Close,Volume\n2010-01-04,1,2,1,1,5\n\(line)\n2010-01-06,1,2,1,1,5\n"
        for set in InstructionSet.all {
            let outcome = try Outcome(text, .history(symbol: "A"), on: set)
            #expect(outcome.rejected.map(\.reason) == [reason])
            #expect(outcome.rejected.map(\.line) == [3])
            #expect(outcome.rows.count == 2)
        }
    }

    @Test func aSymbolTwiceInADayIsRejected() throws {
        let text = "symbol,open,high,low,close,volume,adjust_close\nA,1,2,1,1,5,1\nB,1,2,1,1,5,1\nA,1,2,1,1.5,5,1\n"
        let outcome = try Outcome(text, .crossSection(day))
        #expect(outcome.rows.count == 2)
        #expect(outcome.rejected == [RejectedRow(line: 4, reason: .duplicateRow, excerpt: "A,1,2,1,1.5,5,1")])
    }

    @Test func refusesTheWrongLayoutByName() throws {
        let text = "trade_date,Open,High,Low,Close,Volume\n"
        #expect(throws: MarketFileError.self) { _ = try Outcome(text, .crossSection(day)) }
        do { _ = try Outcome(text, .crossSection(day)) } catch { #expect("\(error)".contains("\"symbol\"")) }
        #expect(throws: MarketFileError.self) { _ = try Outcome(text, .history(symbol: "A B")) }
    }

    @Test(.enabled(if: SampleMarket.folder != nil, Comment(rawValue: SampleMarket.absence)))
    func readsTheRealBars() throws {
        let folder = try #require(SampleMarket.folder)
        // From PROVENANCE.md.
        let expected = ["AAA": 141, "AAPL": 2830, "BNO": 2727, "FOXA": 2, "GOOAV": 5, "NWSA": 2, "QQQ": 2523, "WM": 2830]
        for (symbol, count) in expected {
            let path = folder.appendingPathComponent("stocks-2010-2025/\(symbol).csv").path
            let summary = try StockFileReader(key: path, layout: .history(symbol: symbol))
                .read(FileBytes(path: path)) { rows, rejected in #expect(rejected.isEmpty) }
            #expect(summary.rows == count, "\(symbol)")
        }
        let path = folder.appendingPathComponent("options/2008/2008-09-29stocks.csv").path
        let summary = try StockFileReader(key: path, layout: .crossSection(Day(iso: "2008-09-29")!))
            .read(FileBytes(path: path)) { rows, _ in
                #expect(rows.symbols.names.contains("SPY"))
                #expect(rows.adjustedClose.allSatisfy { $0 > 0 })
            }
        #expect(summary.rows == 8)  // WM ended on 2008-09-26
    }
}
