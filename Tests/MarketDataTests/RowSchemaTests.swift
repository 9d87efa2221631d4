import Foundation
import MarketData
import Testing

/// Compares the declarations of stored columns with the code and documents that must agree.
@Suite struct RowSchemaTests {
    private static func lines(_ path: String) throws -> [String] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8).components(separatedBy: "\n")
    }

    private func row<Rows>(_ column: RowColumn<Rows>) -> String { "| `rows/\(column.name)` | \(column.typeName) | \(column.meaning) |" }

    @Test func theDocumentOfFormatsListsEveryColumnAsDeclared() throws {
        let lines = try Set(Self.lines("docs/formats.md"))
        for expected in OptionRows.columns.map(row) + StockRows.columns.map(row) {
            #expect(lines.contains(expected), "docs/formats.md lacks this line:\n\(expected)")
        }
    }

    @Test func namesAreUnique() {
        for names in [
            OptionRows.columns.map(\.name), StockRows.columns.map(\.name), OptionRows.columns.compactMap(\.output),
            StockRows.columns.compactMap(\.output), OptionRows.columns.compactMap(\.field), StockRows.columns.compactMap(\.field),
        ] {
            #expect(Set(names).count == names.count, "\(names)")
        }
    }

    @Test func sourcesAreColumnsThatTheReaderWants() {
        for source in OptionRows.columns.compactMap(\.source) { #expect(OptionFileReader.columns.contains(source)) }
    }

    @Test func numbersComeInTheirUnitAndMissingOnesAreNaN() throws {
        var rows = OptionRows()
        rows.strike = [92_860, 500]
        rows.bid = [22.85, .nan]
        rows.volume = [-1, 0]
        func numbers(_ name: String) throws -> [Double] { try #require(OptionRows.column(name)).numbers(rows, 0..<2) }
        #expect(try numbers("strike") == [92.86, 0.5])
        #expect(OptionRows.column("strike")?.number(rows, at: 1) == 0.5 && OptionRows.column("ask")?.number(rows, at: 1).isNaN == true)
        #expect(try numbers("bid")[0] == 22.85 && numbers("bid")[1].isNaN)
        #expect(try numbers("volume")[0].isNaN && numbers("volume")[1] == 0)
    }
}
