import Foundation
import MarketData
import Testing

@Suite struct SourceInventoryTests {
    private let layout = SourceLayout()

    private func day(_ text: String) -> Day { Day(iso: text) ?? Day(rawValue: 0) }

    @Test func classifiesKeys() {
        let expected: [(String, SourceLayout.Content)] = [
            ("options/2008/2008-09-22options.csv", .options(day("2008-09-22"))),
            ("options/2008/2008-09-22stocks.csv", .stocks(day("2008-09-22"))),
            ("options-complete/2014-06-09options.csv.gz", .options(day("2014-06-09"))),
            ("options-complete/2014-06-09options.csv.zst", .options(day("2014-06-09"))),
            ("options-2010/2010-01-04options.csv", .options(day("2010-01-04"))),
            ("aws_backup/extracted_options/2005/2005-03-01options.csv", .options(day("2005-03-01"))),
            ("stocks-2010-2025/AAPL.csv", .stockSymbol("AAPL")),
            ("stocks-2010-2025/nan.csv", .stockSymbol("nan")),
            ("stocks-2010-2025/NAN.csv", .stockSymbol("NAN")),
            ("stocks-2010-2025/TRUE.csv", .stockSymbol("TRUE")),
            ("stocks-2010-2025/BRK.B.csv.gz", .stockSymbol("BRK.B")),
            ("stocks-2010-2025/OIBR*.csv", .stockSymbol("OIBR*")),
            ("stocks-2010-2025/KFN-.csv", .stockSymbol("KFN-")),
            ("stocks-2010-2025/csv.csv", .stockSymbol("csv")),
            ("samples/x/2014-06-09options(Partial).csv", .partialDay(day("2014-06-09"))),
            ("options-complete/2014-06-09options(Partial).csv", .partialDay(day("2014-06-09"))),
            ("2005.zip", .other), ("options/2008/", .other), ("", .other), ("options-complete/notes.txt", .other),
            ("options-complete/2014-02-30options.csv", .other), ("options-complete/2014-06-09options.csv.part", .other),
            ("elsewhere/2014-06-09options.csv", .other), ("stocks-2010-2025/.csv", .other),
            ("stocks-2010-2025/deeper/AAPL.csv", .other), ("stocks-2010-2025/A B.csv", .other),
        ]
        for (key, content) in expected { #expect(layout.content(of: key) == content, "\(key)") }
        #expect(SourceLayout(dailyPrefixes: [""]).content(of: "2014-06-09options.csv") == .options(day("2014-06-09")))
    }

    private func object(_ key: String, size: Int = 1000) -> SourceInventory.Object {
        SourceInventory.Object(key: key, size: size, etag: "e\(size)")
    }

    @Test func everyObjectIsInOneListAndNoDayTwice() {
        let objects = [
            object("options-2010/2010-01-04options.csv"), object("options-complete/2010-01-04options.csv"),
            object("aws_backup/extracted_options/2008/2008-09-22options.csv", size: 900),
            object("options/2008/2008-09-22options.csv"), object("options/2008/2008-09-22options.csv.gz", size: 200),
            object("options/2008/2008-09-22stocks.csv"), object("stocks-2010-2025/nan.csv"),
            object("stocks-2010-2025/NAN.csv"), object("samples/a/2010-01-04options(Partial).csv"), object("2008.zip"),
            object("options-2010/2010-01-05options.csv"),  // only a copy has this day
        ]
        for order in [objects, objects.reversed(), objects.shuffled()] {
            let inventory = SourceInventory(objects: order)
            #expect(
                inventory.optionDays.map(\.object.key) == [
                    "options/2008/2008-09-22options.csv", "options-complete/2010-01-04options.csv",
                    "options-2010/2010-01-05options.csv",
                ])
            #expect(inventory.stockDays.map(\.day) == [day("2008-09-22")])
            #expect(inventory.stockSymbols.map(\.symbol) == ["NAN", "nan"])
            #expect(inventory.duplicates.count == 3)
            #expect(inventory.partialDays.count == 1)
            #expect(inventory.unread.map(\.object.key) == ["2008.zip"] && inventory.ignored.isEmpty)
            #expect(
                inventory.warnings.contains(
                    .differingCopy(
                        key: "aws_backup/extracted_options/2008/2008-09-22options.csv",
                        original: "options/2008/2008-09-22options.csv")))
        }
    }

    @Test func unreadObjectsHaveAReason() {
        let folders = SourceLayout()
        let days = folders.dailyPrefixes + folders.copyPrefixes
        let expected: [(String, UnreadReason)] = [
            ("options-complete/2014-06-09options.csv.zip", .archive(ending: ".zip")), ("2008.zip", .archive(ending: ".zip")),
            ("options-complete/2014-06-09options.csv.tar.gz", .archive(ending: ".gz")),
            ("options-complete/2014-06-10options.csv.bz2", .compression(ending: ".bz2")),
            ("options-complete/2014-06-10options.csv.XZ", .compression(ending: ".xz")),
            ("options-complete/2014-06-11 options.csv", .name), ("options-complete/2014-06-12OPTIONS.CSV", .name),
            ("options-complete/2014-06-13_options.csv", .name), ("options-complete/2014-06-13options (1).csv", .name),
            ("options-complete/all.csv", .name), ("options-complete/2014-02-30options.csv", .noSuchDay),
            ("options-complete/2014-06-09options.txt", .format(ending: ".txt")),
            ("options-complete/2014-06-09options", .format(ending: "")),
            ("options-complete/2014-06-09options.csv.part", .unfinished(ending: ".part")),
            ("Options-Complete/2014-06-09options.csv", .folder(days)), ("2014-06-09options.csv", .folder(days)),
            ("/options-complete/2014-06-09options.csv", .folder(days)),
            ("stocks/AAPL.csv", .folder(days + folders.historyPrefixes)),
            ("stocks-2010-2025/A B.csv", .ticker), ("stocks-2010-2025/.csv", .ticker), ("stocks-2010-2025/deeper/AAPL.csv", .tooDeep),
            ("stocks-2010-2025/AAPL.parquet", .format(ending: ".parquet")),
            ("stocks-2010-2025/._AAPL.csv", .appleDouble), ("options-complete/._2014-06-09options.csv", .appleDouble),
            ("samples/._2014-06-09options(Partial).csv", .appleDouble),
        ]
        for (key, reason) in expected {
            let inventory = SourceInventory(objects: [object(key), object("options-complete/2014-06-16options.csv")])
            #expect(inventory.unread.map(\.reason) == [reason], "\(key)")
            #expect(inventory.optionDays.count == 1 && inventory.stockSymbols.isEmpty && inventory.partialDays.isEmpty, "\(key)")
            #expect(inventory.warnings.contains { $0.description.contains(key) }, "\(key)")
        }
        for key in [
            "README.md", "options-complete/readme.txt", "SIMULATED.md", "options-complete/.DS_Store", "SHA256SUMS", "names.csv",
            "stocks-2010-2025/AAPL.csv.md5", "out/financial-embeddings/year_2014/batch_0.h5", ".git/config",
        ] {
            let inventory = SourceInventory(objects: [object(key)])
            #expect(inventory.ignored.count == 1 && inventory.unread.isEmpty && inventory.warnings.isEmpty, "\(key)")
        }
    }

    @Test func filesOfOneReasonAreOneWarning() {
        let names = (0..<500).map { object("stocks-2010-2025/._\($0).csv") }
        let inventory = SourceInventory(objects: names + [object("stocks-2010-2025/A.csv")])
        #expect(inventory.unread.count == 500 && inventory.warnings.count == 1)
        #expect(inventory.warnings.first?.description.hasPrefix("500 files are not read, stocks-2010-2025/._0.csv") == true)
    }

    @Test func objectsWithoutAReadableKeyAreNamed() {
        let key = "options-complete//2014-06-09options.csv"
        let unreadable = SourceInventory.Object(key: key, size: 1, etag: "e", problem: "it has an empty part (//)")
        let inventory = SourceInventory(objects: [unreadable])
        #expect(inventory.unread.map(\.reason) == [.unreadable("it has an empty part (//)")] && inventory.optionDays.isEmpty)
    }

    @Test func warnsOfClosedMissingAndShortDays() {
        let days = ["2021-09-13", "2021-09-14", "2021-09-15", "2021-09-21", "2021-09-22"]
        var objects = days.map { object("options-complete/\($0)options.csv", size: $0 == "2021-09-14" ? 590 : 1000) }
        objects.append(object("options-complete/2023-01-02options.csv"))
        let warnings = SourceInventory(objects: objects).warnings
        #expect(warnings.contains(.missingSessions(first: day("2021-09-16"), last: day("2021-09-20"), count: 3)))
        #expect(
            warnings.contains(
                .shortFile(key: "options-complete/2021-09-14options.csv", day: day("2021-09-14"), share: 0.59)))
        #expect(warnings.contains { if case .notASession(_, day("2023-01-02"), let name) = $0 { name != nil } else { false } })
        #expect(warnings.filter { if case .shortFile = $0 { true } else { false } }.count == 1)
        #expect(warnings.allSatisfy { !$0.description.isEmpty })
    }

    @Test func anEmptyListingIsAnEmptyInventory() {
        let inventory = SourceInventory(objects: [])
        #expect(inventory.optionDays.isEmpty && inventory.warnings.isEmpty && inventory.ignored.isEmpty)
    }
}
