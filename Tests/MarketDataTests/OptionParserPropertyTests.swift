import Base
import Foundation
import MarketData
import Testing
import TestSupport

/// Invariants for any bytes: the instruction sets agree, results do not depend on blocks and pieces, and every line is accounted for.
@Suite struct OptionParserPropertyTests {
    /// A file of rows, many of them damaged: bytes replaced, inserted, removed, doubled.
    static func damagedFile(seed: UInt64) -> [UInt8] {
        var random = SplitMix(state: seed)
        var lines = [optionHeader]
        for _ in 0..<Int.random(in: 1...60, using: &random) {
            let strike = Int.random(in: 1...400, using: &random) * 250
            let isCall = Bool.random(using: &random)
            let ticker = ["A", "AAPL", "BRKB", "SPXW", "NAN"].randomElement(using: &random) ?? "A"
            func number(_ digits: Int) -> String {
                if Int.random(in: 0..<6, using: &random) == 0 { return "" }
                let whole = String(UInt64.random(in: 0...UInt64(pow(10.0, Double(digits))), using: &random))
                return Bool.random(using: &random)
                    ? whole : whole + "." + String(UInt64.random(in: 0...999_999, using: &random))
            }
            let thousandths = String(repeating: "0", count: max(0, 8 - String(strike).count)) + String(strike)
            lines.append(
                optionLine([
                    "contract": "\(ticker)140621\(isCall ? "C" : "P")\(thousandths)", "underlying": ticker,
                    "type": isCall ? "call" : "put", "strike": String(format: "%g", Double(strike) / 1000),
                    "bid": number(3), "ask": number(3), "volume": number(9), "open_interest": number(4),
                    "delta": number(0), "theta": "-" + number(1), "vega": number(17), "implied_volatility": number(1),
                ]))
        }
        var bytes = Array(lines.joined(separator: seed % 3 == 0 ? "\r\n" : "\n").utf8)
        if seed % 2 == 0 { bytes.append(UInt8(ascii: "\n")) }
        let alphabet = Array("\",\n\r\u{0}.-eE+0159 :CP_Oé".utf8)
        let first = optionHeader.utf8.count + 2
        for _ in 0..<Int.random(in: 0...12, using: &random) where bytes.count > first + 1 {
            let place = Int.random(in: first..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[place] = alphabet.randomElement(using: &random) ?? 0
            case 1: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: place)
            case 2: bytes.remove(at: place)
            case 3: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 4:
                let end = min(bytes.count, place + Int.random(in: 1...200, using: &random))
                bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
            default: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...40, using: &random)))
            }
        }
        return bytes
    }

    @Test func instructionSetsBlocksAndPiecesGiveTheSameRows() throws {
        for seed in UInt64(0)..<400 {
            let file = Self.damagedFile(seed: seed)
            let expected = try OptionOutcome(file, on: InstructionSet.all[0])
            for set in InstructionSet.all {
                let piece = [Int.max, 1, 37, 1000][Int(seed % 4)]
                for blockSize in [1 << 20, 64, 700] {
                    let outcome = try OptionOutcome(file, on: set, piece: piece, blockSize: blockSize)
                    let isSame =
                        outcome.rows == expected.rows && outcome.rejected == expected.rejected
                        && outcome.summary.quirks == expected.summary.quirks
                    #expect(isSame, "seed \(seed), \(set), block size \(blockSize), pieces of \(piece)")
                    if !isSame { return }
                }
            }
        }
    }

    @Test func everyLineIsARowOrRejected() throws {
        for seed in UInt64(0)..<400 {
            // Without quotation marks a record is a line.
            let file = Self.damagedFile(seed: seed).map { $0 == UInt8(ascii: "\"") ? UInt8(ascii: "x") : $0 }
            let outcome = try OptionOutcome(file)
            let text = file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropFirst()
            let lines = text.filter { !$0.isEmpty && $0 != [UInt8(ascii: "\r")] }
            #expect(outcome.rows.count + outcome.rejected.count == lines.count, "seed \(seed)")
            #expect(outcome.summary.rows == outcome.rows.count)
            #expect(outcome.summary.rejectedCount == outcome.rejected.count)
            #expect(outcome.rejected.map(\.line) == outcome.rejected.map(\.line).sorted())
        }
    }

    /// Compares numbers with the C library's, through a row's vega.
    @Test func numbersAreTheNearestFloats() throws {
        var random = SplitMix(state: 11)
        var texts: [String] = [
            "0", "0.0", "-0", "1", "0.1", "5.", ".5", "-.5", "123456789012345", "0.000000000000001",
            "9999999999999999", "16777217", "3.4028234e38", "1e-45", "1e-60", "12345678901234567890123", "1E+05",
        ]
        for _ in 0..<3000 {
            let digits = Int.random(in: 1...16, using: &random)
            var text = String((0..<digits).map { _ in Character(String(Int.random(in: 0...9, using: &random))) })
            if Bool.random(using: &random) {
                text.insert(".", at: text.index(text.startIndex, offsetBy: Int.random(in: 0...digits, using: &random)))
            }
            if Bool.random(using: &random) { text = "-" + text }
            if Int.random(in: 0..<8, using: &random) == 0 { text += "e\(Int.random(in: -12...12, using: &random))" }
            texts.append(text)
        }
        for text in texts {
            let file = optionHeader + "\n" + optionLine(["vega": text]) + "\n"
            var vega: [Float] = []
            for set in InstructionSet.all {
                let reader = OptionFileReader(key: "k", day: Day(iso: "2014-06-09")!)
                _ = try set.limitingThread { try reader.read(MemoryBytes(Array(file.utf8))) { rows, _ in vega += rows.vendorVega } }
            }
            let value = Float(Double(text.hasSuffix(".") ? text + "0" : text) ?? .nan)
            #expect(vega == [Float](repeating: value, count: InstructionSet.all.count), "\(text)")
        }
    }
}
