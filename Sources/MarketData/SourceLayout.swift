/// Folders and names of a source's files, with the defaults of the usual bucket.
///
/// Quotes and cross-sections are recognised by their names (`2014-06-09options.csv`, `2008-09-22stocks.csv`), histories by
/// their folder; the name is the ticker. Every name may end in `.gz` or `.zst`.
public struct SourceLayout: Codable, Hashable, Sendable {
    /// What a key stands for.
    public enum Content: Hashable, Sendable {
        /// All option quotes of a day.
        case options(Day)
        /// All stock bars of a day.
        case stocks(Day)
        /// All bars of one symbol.
        case stockSymbol(String)
        /// A sample of a day's quotes (`…options(Partial).csv`): never read, because the day would look complete.
        case partialDay(Day)
        /// Nothing that is read.
        case other
    }

    /// Folders of daily files; a day in several folders is read from the first.
    public var dailyPrefixes: [String]
    /// Folders of files of one symbol.
    public var historyPrefixes: [String]
    /// Folders known to hold copies of daily files: read only if no other folder has the day.
    public var copyPrefixes: [String]

    public init(
        dailyPrefixes: [String] = ["options/", "options-complete/"],
        historyPrefixes: [String] = ["stocks-2010-2025/"],
        copyPrefixes: [String] = ["options-2010/", "aws_backup/extracted_options/"]
    ) {
        self.dailyPrefixes = dailyPrefixes
        self.historyPrefixes = historyPrefixes
        self.copyPrefixes = copyPrefixes
    }

    /// The content of the object with that key. Keys are relative to the source's root, not percent-encoded.
    public func content(of key: String) -> Content {
        let name = Self.name(of: key)
        guard !name.hasPrefix(Self.appleDoublePrefix), let stem = Self.stem(ofName: name) else { return .other }
        if let (day, suffix) = Self.dated(stem) {
            if suffix == "options(Partial)" { return .partialDay(day) }
            if rank(of: key) != nil {
                if suffix == "options" { return .options(day) }
                if suffix == "stocks" { return .stocks(day) }
            }
        }
        // Any name is a ticker: `nan`, `TRUE`, `BRK.B`, `OIBR*`.
        for prefix in historyPrefixes where key.hasPrefix(prefix) && key.utf8.count == prefix.utf8.count + name.utf8.count {
            if Self.isTicker(stem) { return .stockSymbol(stem) }
        }
        return .other
    }

    /// Why an object that is `.other` is not read; `nil` if it is clearly not market data, such as README.md.
    func reasonNotToRead(_ key: String) -> UnreadReason? {
        let name = Self.name(of: key)
        if name.hasPrefix(Self.appleDoublePrefix) { return .appleDouble }
        if NoMarketData.matches(key, name: name) { return nil }
        guard let stem = Self.stem(ofName: name) else { return NoMarketData.reason(forName: name) }
        let folders = dailyPrefixes + copyPrefixes + historyPrefixes
        if let (day, suffix) = Self.datedText(stem) {
            guard day != nil else { return .noSuchDay }
            return ["options", "stocks"].contains(suffix) ? .folder(dailyPrefixes + copyPrefixes) : .name
        }
        if let prefix = historyPrefixes.first(where: key.hasPrefix) {
            return key.utf8.count == prefix.utf8.count + name.utf8.count ? .ticker : .tooDeep
        }
        return rank(of: key) != nil ? .name : .folder(folders)
    }

    /// Prefix of the files in which macOS stores attributes.
    private static let appleDoublePrefix = "._"

    private static func name(of key: String) -> String {
        String(decoding: key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).last ?? "".utf8[...], as: UTF8.self)
    }

    /// Rank of a daily file's folder: 0 is the best; `nil` outside all folders.
    func rank(of key: String) -> Int? {
        (dailyPrefixes + copyPrefixes).firstIndex { key.hasPrefix($0) }
    }

    /// The name without `.csv`, `.csv.gz` or `.csv.zst`.
    private static func stem(ofName name: String) -> String? {
        for ending in [".csv", ".csv.zst", ".csv.gz"] where name.lowercased().hasSuffix(ending) {
            return String(name.dropLast(ending.count))
        }
        return nil
    }

    private static func dated(_ stem: String) -> (Day, String)? {
        guard let day = Day(iso: stem.prefix(10)) else { return nil }
        return (day, String(stem.dropFirst(10)))
    }

    /// A name that begins like a date, valid or not.
    private static func datedText(_ stem: String) -> (day: Day?, suffix: String)? {
        let pattern = Array("0000-00-00".utf8), start = stem.utf8.prefix(pattern.count)
        let isDate =
            start.count == pattern.count
            && zip(start, pattern).allSatisfy { byte, sign in
                sign == UInt8(ascii: "0") ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == sign
            }
        return isDate ? (Day(iso: stem.prefix(10)), String(stem.dropFirst(10))) : nil
    }

    private static func isTicker(_ text: String) -> Bool {
        (1...24).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x2C && $0 != 0x22 }
    }
}
