import Foundation
import MarketData
import Testing

@Suite struct IngestBenchmarkTests {
    @Test func countsTheRowsOfAFile() throws {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("2014-06-09options-\(UUID().uuidString).csv").path
        try Data((optionHeader + "\n" + optionLine() + "\nbad\n").utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let result = try IngestBenchmark.parse(path: path, repetitions: 2)
        #expect(result.rows == 1 && result.rejected == 1 && result.rowsPerSecond > 0)
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(result)) as? [String: Any]
        #expect(object?["stage"] as? String == "parse" && object?["rows_per_second"] != nil)
    }

    @Test func asksForTheDay() {
        #expect(throws: MarketFileError.self) { try IngestBenchmark.parse(path: "quotes.csv") }
    }
}
