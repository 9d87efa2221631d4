import Descriptions
import Foundation
import Testing

@Suite struct AliasTableTests {
    @Test func builtInNames() throws {
        let table = try AliasTable.builtIn()
        #expect(table.name(of: "AAPL") == "Apple")
        #expect(table.words(for: "AAPL") == "Apple (AAPL)")
        #expect(table.words(for: "QZXQ") == "QZXQ")
        #expect(table.symbols.count > 500)
    }

    @Test func aUsersFileAddsAndRenames() throws {
        let csv =
            "symbol,name,aliases\r\nQZX,\"Quartz, Zinc & Co\",Quartz Zinc,\"The \"\"Q\"\"\"\r\nAAPL,Apple Computer Company,Cupertino\r\n\r\n"
        let table = try AliasTable(builtInPlus: Array(csv.utf8))
        #expect(table.name(of: "QZX") == "Quartz, Zinc & Co")
        #expect(table.spellings(of: "QZX").contains("Quartz Zinc"))
        #expect(table.name(of: "AAPL") == "Apple Computer Company")
        #expect(Set(table.spellings(of: "AAPL")).isSuperset(of: ["Apple", "Apple Computer Company", "Cupertino"]))
        #expect(table.name(of: "MSFT") == "Microsoft")
    }

    @Test(arguments: [
        ("QZX,Quartz\nABC\n", "line 2"), ("QZX,Quartz\n,Nameless\n", "line 2"), ("A B,Quartz\n", "line 1"),
        ("QZX,Quartz\nABC,\"open\n", "line 2"), ("QZX,Quartz\nABC,x\nQZX,Again\n", "line 3"),
        ("QZX,\"Quartz\"x\n", "line 1"),
    ])
    func mistakesNameTheirLine(_ csv: String, _ line: String) throws {
        let error = #expect(throws: DescriptionError.self) {
            try AliasTable(builtInPlus: Array(csv.utf8), file: "mine.csv")
        }
        #expect(error?.description.contains("mine.csv, \(line):") == true, "\(String(describing: error))")
    }

    @Test func anUnreadableFileIsNamed() {
        let error = #expect(throws: DescriptionError.self) {
            try AliasTable(builtInPlus: URL(fileURLWithPath: "/nowhere/aliases.csv"))
        }
        #expect(error?.description.contains("/nowhere/aliases.csv") == true)
    }

    @Test func notUTF8IsRefused() {
        #expect(throws: DescriptionError.self) { try AliasTable(builtInPlus: [81, 88, 44, 0xFF, 0xFE, 10]) }
    }

    @Test func anyBytesAreReadOrRefused() {
        var state: UInt64 = 7
        for _ in 0..<3000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int(state >> 58) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append([65, 66, 44, 34, 10, 13, 32, 0xC3][Int(state >> 61)])
            }
            state = state &* 6_364_136_223_846_793_005 &+ 1
            _ = try? AliasTable(builtInPlus: bytes)
        }
    }
}
