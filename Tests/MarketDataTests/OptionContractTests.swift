import Foundation
import MarketData
import Testing
import TestSupport

@Suite struct OptionContractTests {
    @Test(arguments: [
        ("A100116C00002500", "A100116C00002500", "A", "2010-01-16", OptionKind.call, 2.5),
        ("O:A230120C00050000", "A230120C00050000", "A", "2023-01-20", .call, 50),
        ("AAPL_20240119_150_C", "AAPL240119C00150000", "AAPL", "2024-01-19", .call, 150),
        ("AAPL_20240119_152.5_p", "AAPL240119P00152500", "AAPL", "2024-01-19", .put, 152.5),
        ("AAPL_20240119_0.125000_P", "AAPL240119P00000125", "AAPL", "2024-01-19", .put, 0.125),
        ("AAPL 240119C00150000", "AAPL240119C00150000", "AAPL", "2024-01-19", .call, 150),
        ("AAPL  240119C00150000", "AAPL240119C00150000", "AAPL", "2024-01-19", .call, 150),
        ("  aapl1 240119p00098570 ", "AAPL1240119P00098570", "AAPL1", "2024-01-19", .put, 98.57),
        ("o:brk.b240119c00350000", "BRK.B240119C00350000", "BRK.B", "2024-01-19", .call, 350),
        ("BRKB200117P99999999", "BRKB200117P99999999", "BRKB", "2020-01-17", .put, 99_999.999),
        ("TRUE_20991231_1_C", "TRUE991231C00001000", "TRUE", "2099-12-31", .call, 1),
        ("2SPX000229C00000001", "2SPX000229C00000001", "2SPX", "2000-02-29", .call, 0.001),
    ])
    func accepts(
        text: String, printed: String, root: String, expiry: String, kind: OptionKind, strike: Double
    ) throws {
        let contract = try OptionContract(parsing: text)
        #expect(contract.description == printed)
        #expect(contract.root == root)
        #expect(contract.expiry.description == expiry)
        #expect(contract.kind == kind)
        #expect(contract.strike == strike)
    }

    @Test(arguments: [
        "", " ", "AAPL", "O:", "_", "___", "O:240119C00150000", "240119C00150000", "AAPL240119C0015000", "AAPL240119C001500000",
        "AAPL240119X00150000", "AAPL240230C00150000", "AAPL241301C00150000", "AAPL240119C00000000",
        "AA-PL240119C00150000", "AAPLXYZ240119C00150000", "123456240119C00150000", "AAPL 24011 C00150000",
        "AAPL_240119_150_C", "AAPL_20240119_150_C_", "AAPL_20240119_150", "AAPL_20240119_1.2345_C",
        "AAPL_20240119_100000_C", "AAPL_20240119_-1_C", "AAPL_20240119__C", "AAPL_20240119_._C", "AAPL_20240119_5._C",
        "AAPL_20240119_150_call", "AAPL_19990119_150_C", "AAPL_21000119_150_C", "_20240119_150_C", "AAPL_20240119_1e2_C",
        "ÄAPL240119C00150000", "AAPL240119C0015\u{0}000", "AAPL\n240119C00150000", "Q:AAPL240119C00150000",
    ])
    func refuses(text: String) {
        #expect(throws: ContractError.self) { try OptionContract(parsing: text) }
    }

    @Test func reportsTheProblem() {
        #expect(throws: ContractError.kind(text: "AAPL240119X00150000")) {
            try OptionContract(parsing: "AAPL240119X00150000")
        }
        #expect(throws: ContractError.expiry(text: "AAPL240230C00150000")) {
            try OptionContract(parsing: "AAPL240230C00150000")
        }
        #expect(throws: ContractError.strike(text: "AAPL_20240119_1.2345_C")) {
            try OptionContract(parsing: "AAPL_20240119_1.2345_C")
        }
        #expect(throws: ContractError.root(text: "AA-PL240119C00150000")) {
            try OptionContract(parsing: "AA-PL240119C00150000")
        }
        let message = ContractError.shape(text: String(repeating: "x", count: 500) + "\n").description
        #expect(message.count < 200)
        #expect(!ContractError.shape(text: "a\nb").description.contains("\n"))
    }

    @Test func partsAreChecked() throws {
        let expiry = try #require(Day(year: 2024, month: 1, day: 19))
        #expect(
            try OptionContract(root: "aapl", expiry: expiry, kind: .put, strikeThousandths: 98_570).description
                == "AAPL240119P00098570")
        #expect(throws: ContractError.self) {
            try OptionContract(root: "", expiry: expiry, kind: .put, strikeThousandths: 1)
        }
        #expect(throws: ContractError.self) {
            try OptionContract(root: "A", expiry: expiry, kind: .put, strikeThousandths: 0)
        }
        #expect(throws: ContractError.self) {
            try OptionContract(root: "A", expiry: Day(rawValue: 0), kind: .put, strikeThousandths: 1)
        }
    }

    @Test func roundTripsInEverySpelling() throws {
        var generator = SplitMix(state: 1)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.")
        for _ in 0..<5000 {
            var root = String((0..<Int.random(in: 0...5, using: &generator)).map { _ in alphabet.randomElement(using: &generator)! })
            root.insert("Q", at: root.index(root.startIndex, offsetBy: Int.random(in: 0...root.count, using: &generator)))
            let expiry = Day(rawValue: Int32.random(in: 10_957...47_481, using: &generator))
            let kind: OptionKind = Bool.random(using: &generator) ? .call : .put
            let strike = Int32.random(in: 1...99_999_999, using: &generator)
            let contract = try OptionContract(root: root, expiry: expiry, kind: kind, strikeThousandths: strike)
            let symbol = contract.description
            let tail = String(symbol.suffix(15))
            let padded = root + String(repeating: " ", count: 6 - root.count) + tail
            let date = expiry.description.filter { $0 != "-" }
            let spellings = [
                symbol, symbol.lowercased(), "O:" + symbol, padded, "o:" + padded.lowercased(), " " + symbol + " ",
                "\(root)_\(date)_\(strike / 1000).\(String(strike % 1000 + 1000).dropFirst())_\(kind.letter)",
            ]
            for spelling in spellings {
                #expect(try OptionContract(parsing: spelling) == contract, "\(spelling)")
            }
        }
    }

    @Test func randomBytesNeverPassAsSomethingElse() {
        var generator = SplitMix(state: 2)
        let valid = Array("O:AAPL240119C00150000".utf8)
        for _ in 0..<5000 {
            var bytes = valid
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: position)
                default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: position)
                }
            }
            // Every accepted text is printed in a form that means the same contract.
            guard let contract = try? OptionContract(parsing: String(decoding: bytes, as: UTF8.self)) else { continue }
            #expect((try? OptionContract(parsing: contract.description)) == contract)
        }
    }

    @Test func ordersLikeItsSymbolAndTravelsAsText() throws {
        let symbols = [
            "A100116C00002500", "A100116C00010000", "A100116P00002500", "A100220C00001000", "AA100116C00002500",
        ]
        let contracts = try symbols.map { try OptionContract(parsing: $0) }
        #expect(contracts.shuffled().sorted() == contracts)
        let json = try JSONEncoder().encode(contracts)
        #expect(try JSONDecoder().decode([OptionContract].self, from: json) == contracts)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([OptionContract].self, from: Data(#"["nope"]"#.utf8))
        }
    }
}
