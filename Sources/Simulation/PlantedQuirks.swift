/// What is odd in a simulated market, to check a reader by: how often each defect and oddity stands in its files.
///
/// The names of rejected rows are those under which `MarketData` quarantines them.
public struct PlantedQuirks: Codable, Hashable, Sendable {
    public struct Rows: Codable, Hashable, Sendable {
        /// Data lines in the files of one kind, good and bad, copies of whole files left out.
        public var lines = 0
        /// Lines that no reader should take, by reason.
        public var rejected: [String: Int] = [:]
        /// Lines that are good but odd, by oddity; they occur without being planted, too.
        public var kept: [String: Int] = [:]

        public init() {}

        static func += (left: inout Rows, right: Rows) {
            left.lines += right.lines
            left.rejected.merge(right.rejected, uniquingKeysWith: +)
            left.kept.merge(right.kept, uniquingKeysWith: +)
        }
    }

    /// In the files of option quotes that can be read.
    public var options = Rows()
    /// In the files of stock bars.
    public var stocks = Rows()
    /// Keys of whole files by what is odd about them, and dates of sessions without a file under `missing session`. Sorted.
    public var files: [String: [String]] = [:]

    public init() {}

    static func += (left: inout PlantedQuirks, right: PlantedQuirks) {
        left.options += right.options
        left.stocks += right.stocks
        left.files.merge(right.files) { ($0 + $1).sorted() }
    }
}
