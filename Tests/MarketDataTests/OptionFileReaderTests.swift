import Base
import Foundation
import MarketData
import Testing
import TestSupport

@Suite struct OptionFileReaderTests {
    private let usualRow =
        "2 AAPL AAPL 2014-06-21 call 92860 A 2.32 2.35 0.6402 0.0534 -0.0686 0.1064 0.2569 | 12 7 1056 834"

    @Test func readsARow() throws {
        let outcome = try OptionOutcome(optionHeader + "\n" + optionLine() + "\n")
        #expect(outcome.rows == [usualRow])
        #expect(outcome.rejected.isEmpty)
        #expect(outcome.summary.rows == 1)
    }

    @Test func emptyIsNotZero() throws {
        let empty = [
            "bid", "bid_size", "ask", "ask_size", "volume", "open_interest", "delta", "gamma", "theta", "vega",
            "implied_volatility",
        ]
        let line = optionLine(Dictionary(uniqueKeysWithValues: empty.map { ($0, "") }))
        let outcome = try OptionOutcome(optionHeader + "\n" + line + "\n")
        #expect(outcome.rows == ["2 AAPL AAPL 2014-06-21 call 92860 A - - - - - - - | -1 -1 -1 -1"])
        #expect(outcome.summary.quirks.noQuote == 1)
        #expect(outcome.summary.quirks.emptyGreeks == 1)
        #expect(outcome.summary.quirks.emptyVolume == 1)
    }

    @Test func acceptsTheSameFileInEveryDress() throws {
        let plain = optionHeader + "\n" + optionLine() + "\n"
        let quoted = { (line: String) in line.split(separator: ",", omittingEmptySubsequences: false).map { "\"\($0)\"" }.joined(separator: ",") }
        let order = OptionFileReader.columns.indices.reversed()
        let permuted = { (line: String) in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            return order.map { String(fields[$0]) }.joined(separator: ",extra,")
        }
        let dresses = [
            plain.replacing("\n", with: "\r\n"),
            "\u{FEFF}" + plain,
            quoted(optionHeader) + "\n" + quoted(optionLine()) + "\n",
            quoted(optionHeader) + "\r\n" + quoted(optionLine()) + "\r\n",
            permuted(optionHeader) + "\n" + permuted(optionLine()) + "\n",
            " " + optionHeader.uppercased().replacing(",", with: " , ") + "\n" + optionLine() + "\n",
            optionHeader + "\n" + optionLine(["volume": "1056.0", "bid": "2.3200", "strike": "92.860"]) + "\n",
            optionHeader + "\n" + optionLine(["contract": "O:AAPL140621C00092860"]) + "\n",
            optionHeader + "\n" + optionLine(["contract": "AAPL 140621C00092860"]) + "\n",
            optionHeader + "\n" + optionLine(["contract": "AAPL_20140621_92.86_C"]) + "\n",
            optionHeader + "\n" + optionLine(["gamma": "5.34e-2", "vega": "1064E-4", "volume": "1.056e3"]) + "\n",
            optionHeader + "\n" + optionLine(["type": "Call", "style": "a", "bid": "+2.32", "ask": " 2.35 "]) + "\n",
            plain + "\n\n",
        ]
        for dress in dresses {
            for set in InstructionSet.all {
                let outcome = try OptionOutcome(dress, on: set)
                #expect(outcome.rows == [usualRow], "\(dress)")
                #expect(outcome.rejected.isEmpty, "\(dress)")
            }
        }
    }

    @Test func extraColumnsMayHoldAnything() throws {
        let text =
            "note," + optionHeader + "\n\"a,b \"\"c\"\"\nsecond line\"," + optionLine() + "\nplain,"
            + optionLine(["strike": "93", "contract": "AAPL140621C00093000"]) + "\n"
        let outcome = try OptionOutcome(text)
        #expect(outcome.rejected.isEmpty)
        #expect(outcome.rows.count == 2)
        // The second record begins on the fourth line of the text.
        #expect(outcome.rows.last?.hasPrefix("4 AAPL") == true)
    }

    @Test(
        arguments: [
            (["bid": "abc"], RejectionReason.unparsableNumber, "bid"),
            (["delta": "nan"], .unparsableNumber, "delta"),
            (["vega": "."], .unparsableNumber, "vega"),
            (["vega": "-"], .unparsableNumber, "vega"),
            (["vega": "1.2.3"], .unparsableNumber, "vega"),
            (["vega": "1e"], .unparsableNumber, "vega"),
            (["vega": "0x10"], .unparsableNumber, "vega"),
            (["volume": "1.5"], .unparsableNumber, "volume"),
            (["strike": ""], .unparsableNumber, "strike"),
            (["volume": "3000000000"], .numberOutOfRange, "volume"),
            (["volume": "99999999999999999999999"], .numberOutOfRange, "volume"),
            (["open_interest": "-3"], .numberOutOfRange, "open_interest"),
            (["theta": "1e300"], .numberOutOfRange, "theta"),
            (["strike": "100000.5"], .numberOutOfRange, "strike"),
            (["bid": "-0.05"], .negativePrice, "bid"),
            (["ask": "-1"], .negativePrice, "ask"),
            (["strike": "0", "contract": "AAPL140621C00000000"], .priceNotPositive, "strike"),
            (["contract": ""], .badContract, "contract"),
            (["contract": "AAPL"], .badContract, "contract"),
            (["contract": "140621C00092860"], .badContract, "contract"),
            (["contract": "AAPL140621X00092860"], .badContract, "contract"),
            (["contract": "AAPL14062AC00092860"], .badContract, "contract"),
            (["contract": "AA PL140621C00092860"], .badContract, "contract"),
            (["contract": "AAPL_20140621_C"], .badContract, "contract"),
            (["contract": "AAPL_20140621_9e1_C"], .badContract, "contract"),
            (["contract": "AAPLLONG140621C00092860"], .badContract, "contract"),
            (["contract": "1234140621C00092860"], .badContract, "contract"),
            (["contract": "AAPL_20140632_92.86_C"], .badContract, "contract"),
            (["contract": "AAPL140622C00092860"], .contractDisagrees, "expiration"),
            (["contract": "AAPL140621P00092860"], .contractDisagrees, "type"),
            (["contract": "AAPL140621C00092870"], .contractDisagrees, "strike"),
            (["strike": "92.861"], .contractDisagrees, "strike"),
            (["expiration": "2014-02-30", "contract": "AAPL140230C00092860"], .badDate, "expiration"),
            (["expiration": "21/06/2014"], .badDate, "expiration"),
            (["expiration": "2014-06-07", "contract": "AAPL140607C00092860"], .expired, "expiration"),
            (["quote_date": "2014-06-10"], .quoteDateDiffers, "quote_date"),
            (["quote_date": "2014-06-9"], .badDate, "quote_date"),
            (["quote_date": ""], .badDate, "quote_date"),
            (["type": "straddle"], .badType, "type"),
            (["style": "B"], .badStyle, "style"),
            (["style": ""], .badStyle, "style"),
            (["underlying": ""], .badSymbol, "underlying"),
            (["underlying": "A PPL"], .badSymbol, "underlying"),
            (["underlying": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"], .badSymbol, "underlying"),
            (["underlying": "\u{0}AAPL"], .nulByte, nil),
            (["underlying": "AA\"PL"], .badQuoting, nil),
            (["style": "A,A"], .wrongColumnCount, nil),
            (["volume": "1\n2"], .wrongColumnCount, nil),
        ] as [([String: String], RejectionReason, String?)])
    func rejectsALineAndContinues(changes: [String: String], reason: RejectionReason, column: String?) throws {
        let good = optionLine(["contract": "AAPL140621P00092860", "type": "put"])
        let bad = optionLine(changes)
        let text = optionHeader + "\n" + bad + "\n" + good + "\n"
        for set in InstructionSet.all {
            let outcome = try OptionOutcome(text, on: set)
            #expect(outcome.rows.count == 1)
            #expect(outcome.rejected.first?.reason == reason)
            #expect(outcome.rejected.first?.column == column)
            #expect(outcome.rejected.first?.line == 2)
            #expect(outcome.summary.rejected[reason, default: 0] >= 1)
            #expect(outcome.summary.rejectedCount == outcome.rejected.count)
        }
    }

    @Test func keepsOddQuotesAndCountsThem() throws {
        let odd: [[String: String]] = [
            ["bid": "0"], ["bid": "0.00", "ask": "0"], ["bid": "3", "ask": "2"], ["bid": ""],
            ["implied_volatility": "5.0"], ["implied_volatility": "4.9999"],
        ]
        let lines = odd.enumerated().map { index, changes in
            optionLine(changes.merging(["strike": "\(100 + index)", "contract": "AAPL140621C00\(100 + index)000"]) { $1 })
        }
        let outcome = try OptionOutcome(([optionHeader] + lines).joined(separator: "\n") + "\n")
        #expect(outcome.rejected.isEmpty)
        #expect(outcome.rows.count == odd.count)
        let quirks = outcome.summary.quirks
        #expect(quirks.zeroBid == 2)
        #expect(quirks.zeroAsk == 1)
        #expect(quirks.crossed == 1)
        #expect(quirks.oneSided == 1)
        #expect(quirks.extremeImpliedVolatility == 1)
        #expect(quirks.sharedImpliedVolatility == 0)
    }

    @Test func countsAVolatilityThatManyContractsShare() throws {
        // 30 of 100 contracts carry a filled-in value, the others their own.
        let lines = (0..<100).map { index in
            optionLine([
                "strike": "\(100 + index)", "contract": "AAPL140621C00\(100 + index)000",
                "implied_volatility": index % 10 < 3 ? "0.4321" : "0.\(1000 + index)",
            ])
        }
        let other = optionLine(["underlying": "IBM", "contract": "IBM140621C00092860", "implied_volatility": "0.4321"])
        let outcome = try OptionOutcome(([optionHeader] + lines + [other]).joined(separator: "\n") + "\n")
        #expect(outcome.summary.quirks.sharedImpliedVolatility == 30)
    }

    @Test func aDuplicateIsRejectedTheFirstIsKept() throws {
        let text =
            [
                optionHeader, optionLine(), optionLine(["bid": "9"]),
                optionLine(["contract": "AAPL1140621C00092860"]),  // an adjusted contract: another root, another contract
                optionLine(["contract": "O:AAPL140621C00092860"]),
            ].joined(separator: "\n") + "\n"
        let outcome = try OptionOutcome(text)
        #expect(outcome.rows.map { $0.prefix(12) } == ["2 AAPL AAPL ", "4 AAPL AAPL1"])
        #expect(outcome.rejected.map(\.line) == [3, 5])
        #expect(outcome.rejected.allSatisfy { $0.reason == .duplicateRow })
        #expect(outcome.rejected.first?.excerpt == optionLine(["bid": "9"]))
    }

    @Test func spellingsOfAContractAreOneContract() throws {
        let spellings = [
            "aapl140621c00092860", "AAPL  140621C00092860", "o:AAPL140621C00092860", " AAPL140621C00092860 ",
            "AAPL_20140621_92.860_c",
        ]
        let lines = [optionLine()] + spellings.map { optionLine(["contract": $0]) }
        let outcome = try OptionOutcome(([optionHeader] + lines).joined(separator: "\n") + "\n")
        #expect(outcome.rows == [usualRow])
        #expect(outcome.rejected.count == spellings.count)
        #expect(outcome.rejected.allSatisfy { $0.reason == .duplicateRow })
    }

    /// The parser of files and `OptionContract` read contracts independently; they must accept the same texts.
    @Test func agreesWithOptionContract() throws {
        var random = SplitMix(state: 5)
        let alphabet = Array("AB19 .:_OocCpP0-")
        for _ in 0..<4000 {
            let seeds = [
                "AAPL140621C00092860", "O:BRK.B140621P00092860", "AAPL_20140621_92.86_C", "A1 140621C00092860",
                "SPXW  140621P00092860",
            ]
            var text = Array(seeds.randomElement(using: &random) ?? "")
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                let place = Int.random(in: 0..<text.count, using: &random)
                let letter = alphabet.randomElement(using: &random) ?? "A"
                switch Int.random(in: 0..<3, using: &random) {
                case 0: text[place] = letter
                case 1: text.insert(letter, at: place)
                default: text.remove(at: place)
                }
            }
            let contract = try? OptionContract(parsing: String(text))
            let outcome = try OptionOutcome(
                optionHeader + "\n"
                    + optionLine([
                        "contract": String(text), "type": contract?.kind == .put ? "put" : "call",
                        "strike": String(contract?.strike ?? 92.86), "expiration": contract?.expiry.description ?? "2014-06-21",
                    ]) + "\n")
            if let contract, contract.expiry >= Day(iso: "2014-06-09")! {
                let root = outcome.rows.first?.split(separator: " ").dropFirst(2).first.map(String.init)
                #expect(root == contract.root, "\(String(text)): \(outcome.rejected)")
            } else if contract == nil {
                #expect(outcome.rows.isEmpty, "\(String(text))")
            }
        }
    }

    @Test func tickersAreText() throws {
        let tickers = ["NAN", "nan", "TRUE", "BRK.B", "NULL", "1E5", "INF", "A"]
        let lines = tickers.map {
            // Roots are compared in upper case, so `nan` needs a root other than `NAN`.
            optionLine([
                "underlying": $0,
                "contract": ($0 == "nan" ? "NAN1" : $0.replacing(".", with: "")) + "140621C00092860",
            ])
        }
        let outcome = try OptionOutcome(([optionHeader] + lines).joined(separator: "\n") + "\n")
        #expect(outcome.rejected.isEmpty)
        #expect(outcome.rows.compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) } == tickers)
        #expect(outcome.summary.symbols == tickers.count + 2)  // and the roots NAN1 and BRKB
    }

    @Test func aLongStrikeMayBeCutOrRoundedInTheSymbol() throws {
        for (strike, kept) in [("92.8604", true), ("92.8596", true), ("92.8590", false), ("92.86000000000001", true)] {
            let outcome = try OptionOutcome(optionHeader + "\n" + optionLine(["strike": strike]) + "\n")
            #expect(outcome.rows.count == (kept ? 1 : 0), "\(strike)")
        }
    }

    @Test func aLastLineWithoutItsBreak() throws {
        let whole = try OptionOutcome(optionHeader + "\n" + optionLine())
        #expect(whole.rows == [usualRow])
        #expect(whole.summary.quirks.noLastLineBreak == 1)
        let line = optionLine()
        for length in [1, 10, 25, 60, line.utf8.count - 10] {
            let cut = try OptionOutcome(optionHeader + "\n" + optionLine() + "\n" + line.prefix(length))
            #expect(cut.rows.count == 1)
            #expect(cut.rejected.map(\.reason) == [.truncatedLastLine])
            #expect(cut.rejected.first?.line == 3)
            #expect(cut.rejected.first?.excerpt == String(line.prefix(length)))
        }
    }

    @Test func aLineOfAnyLengthTakesNoMoreMemory() throws {
        let long = String(repeating: "x", count: 70_000)
        let endless = String(repeating: "y", count: 3_000_000)
        let fits = "1.5" + String(repeating: "0", count: 60_000)
        let text = [
            optionHeader, long, optionLine(), endless, optionLine(["type": "put", "contract": "AAPL140621P00092860"]),
            optionLine(["bid": fits, "strike": "95", "contract": "AAPL140621C00095000"]), "",
        ].joined(separator: "\n")
        for piece in [Int.max, 100_000] {
            let outcome = try OptionOutcome(text, piece: piece)
            #expect(outcome.rows.map { $0.prefix(1) } == ["3", "5", "6"])
            #expect(outcome.rejected.map(\.line) == [2, 4])
            #expect(outcome.rejected.allSatisfy { $0.reason == .lineTooLong && $0.excerpt.utf8.count == 200 })
        }
    }

    @Test func anOpenQuotationMarkCostsOneLine() throws {
        let text = [optionHeader, "\"" + optionLine(), optionLine(), optionLine(["bid": "\"2"])].joined(separator: "\n")
        let outcome = try OptionOutcome(text + "\n")
        #expect(outcome.rows == [usualRow.replacing("2 AAPL AAPL", with: "3 AAPL AAPL", maxReplacements: 1)])
        #expect(outcome.rejected.map(\.line) == [2, 4])
        #expect(outcome.rejected.allSatisfy { $0.reason == .badQuoting })
    }

    @Test func refusesAFileWithoutAUsableHeader() throws {
        func failure(_ text: String) -> MarketFileError? {
            do { _ = try OptionOutcome(text) } catch { return error as? MarketFileError }
            return nil
        }
        #expect(failure("") == .empty(key: "options-complete/2014-06-09options.csv"))
        let noHeader = try #require(failure(optionLine() + "\n" + optionLine() + "\n"))
        #expect(noHeader.description.contains("options-complete/2014-06-09options.csv"))
        #expect(noHeader.description.contains("\"contract\""))
        guard
            case .unusableHeader(_, let column, _) = try #require(
                failure(optionHeader.replacing("vega", with: "Vegas") + "\n"))
        else { Issue.record("wrong error"); return }
        #expect(column == "vega")
        #expect(failure(optionHeader + ",strike\n")?.description.contains("twice") == true)
        #expect(failure("PK\u{3}\u{4}\u{0}\u{0}")?.description.contains("NUL") == true)
        for (end, word) in [("\r\r\n", "\\r\\r\\n"), ("\r", "\\r alone")] {
            #expect(failure(optionHeader + end + optionLine() + end)?.description.contains("its lines end in \(word)") == true)
        }
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 10\n"
        #expect(failure(pointer)?.description.contains("a Git LFS pointer, not the file itself") == true)
        #expect(failure(String(repeating: "a", count: 80_000))?.description.contains("longer") == true)
    }

    @Test func aFileWithNothingButItsHeaderIsEmptyNotBroken() throws {
        #expect(try OptionOutcome(optionHeader).rows.isEmpty)
        #expect(try OptionOutcome(optionHeader + "\r\n").summary.rejectedCount == 0)
    }

    @Test func errorsOfTheBodyEndTheReading() throws {
        struct Stop: Error {}
        let reader = OptionFileReader(key: "k", day: Day(iso: "2014-06-09")!)
        #expect(throws: Stop.self) {
            try reader.read(MemoryBytes(Array((optionHeader + "\n" + optionLine() + "\n").utf8))) { _, _ in throw Stop() }
        }
    }

    @Test func anUnreadableFileIsNamed() {
        #expect(throws: MarketFileError.unreadable(key: "/nowhere/at/all.csv", problem: "No such file or directory")) {
            _ = try FileBytes(path: "/nowhere/at/all.csv")
        }
    }
}
