/// Estimate of a run on several machines like the one that was measured: the result of `tapedeck plan --machines`.
///
/// Workers take units of the source from the store until none is left. A unit is a number of days of one year. A worker remembers the vectors of
/// some thousands of texts: with few texts, each machine encodes each of its texts once; with many (`joint`), each unit encodes its own. The
/// formulas are those of docs/benchmarks.md, "Many machines, on paper".
public struct FleetPlan: Codable, Sendable {
    /// Requests to a store of S3: prices differ between those that read objects and all others.
    public struct Requests: Codable, Sendable {
        /// GET and HEAD.
        public var reads: Int
        /// PUT, POST and LIST.
        public var writes: Int
    }

    /// Number of machines.
    public var machines: Int
    /// Number of units of the source.
    public var units: Int
    /// Texts that a machine encodes with each model.
    public var textsPerMachine: Int
    /// Seconds in which a machine encodes them.
    public var encodingSeconds: Double
    /// Seconds of a unit on one machine without the encoding, on average.
    public var unitSeconds: Double
    /// Seconds that every machine takes before its first unit.
    public var startSeconds: Double
    /// Wall time until the last unit is published.
    public var workSeconds: Double
    /// Wall time of `tapedeck compact` on one machine afterwards, at most: it stores every row again and builds the indices.
    public var compactSeconds: Double
    /// Machine hours of the work and of the compaction.
    public var machineHours: Double
    /// Dollars for the machine hours; `nil` without a price.
    public var dollars: Double?
    /// Requests to the source and to the store, if both are in S3.
    public var requests: Requests
    /// Wall time of one run of `generate` without indices, divided by that of the work and by the number of machines; 1 is ideal.
    public var efficiency: Double

    /// Measurements and sizes of a run.
    package struct Work: Sendable {
        /// Bytes of the option files to read, by year.
        package var optionBytes: [Int]
        /// Bytes and number of the files of stock bars.
        package var stockBytes = 0
        package var stockFiles = 0
        package var optionFiles = 0
        /// Seconds to read the stock bars, and to read, describe and store all rows.
        package var stockSeconds = 0.0
        package var rowSeconds = 0.0
        /// Seconds before a run reads anything.
        package var openingSeconds = 0.0
        /// Texts per second of each model.
        package var textsPerSecond: [Double] = []
        package var indexSeconds = 0.0
        package var storeBytes = 0
        /// Length of the longest vector.
        package var dimension = 384

        package init(optionBytes: [Int]) { self.optionBytes = optionBytes }
    }

    /// Bytes of one request: a piece that is read, a part that is written.
    private static let pieceBytes = 8 << 20
    /// Keys of a listing's page.
    private static let pageKeys = 1000
    /// Objects of a segment: parts, a batch, description index, states of underlyings, ledger, manifest.
    private static let segmentObjects = 6

    /// Estimates a run.
    /// - Parameters:
    ///   - price: dollars per machine and hour.
    ///   - unitBytes: bytes of the source in a unit.
    ///   - textsIn: texts that some option files have, by their number.
    package init(machines: Int, price: Double?, unitBytes: Int, work: Work, textsIn: (_ files: Int) -> Int) {
        self.machines = machines
        // A file is not divided.
        let units = max(1, min(work.optionFiles, work.optionBytes.reduce(0) { $0 + ($1 + unitBytes - 1) / unitBytes }))
        self.units = units
        let unitSeconds = work.rowSeconds / Double(units)
        self.unitSeconds = unitSeconds
        startSeconds = work.openingSeconds + work.stockSeconds
        let textsPerUnit = textsIn((work.optionFiles + units - 1) / units)
        func texts(_ machines: Int) -> Int {
            let distinct = textsIn((work.optionFiles + machines - 1) / machines)
            guard distinct * work.dimension * 4 > RememberedVectors.limit else { return distinct }
            return max(distinct, (units + machines - 1) / machines * textsPerUnit)
        }
        func encoding(_ texts: Int) -> Double { work.textsPerSecond.reduce(0) { $1 > 0 ? $0 + Double(texts) / $1 : $0 } }
        textsPerMachine = texts(machines)
        encodingSeconds = encoding(textsPerMachine)
        // Units are taken one by one, so that some machines are idle in the last round.
        workSeconds = startSeconds + Double((units + machines - 1) / machines) * unitSeconds + encodingSeconds
        compactSeconds = units > 1 ? work.rowSeconds + work.indexSeconds : work.indexSeconds
        machineHours = (Double(machines) * workSeconds + compactSeconds) / 3600
        dollars = price.map { [machineHours] in $0 * machineHours }
        let single = startSeconds + work.rowSeconds + encoding(textsIn(work.optionFiles))
        efficiency = workSeconds > 0 ? single / workSeconds / Double(machines) : 1

        func pieces(_ bytes: Int) -> Int { (bytes + Self.pieceBytes - 1) / Self.pieceBytes }
        let listings = machines * ((work.optionFiles + work.stockFiles + Self.pageKeys - 1) / Self.pageKeys)
        let renewals = Int(Double(machines) * workSeconds / WorkOptions().renewalInterval)
        let optionReads = max(work.optionFiles, work.optionBytes.reduce(0) { $0 + pieces($1) })
        let stockReads = max(work.stockFiles, pieces(work.stockBytes))
        let stored = units * Self.segmentObjects + pieces(work.storeBytes)
        requests = Requests(
            // Each option file is read once, the bars by every machine, plan and claims once per unit; compaction reads all segments.
            reads: optionReads + machines * stockReads + 2 * units + (units > 1 ? stored : 0),
            // Each unit writes the claim, its renewals, its release and the publication; compaction writes the store again.
            writes: listings + units * 3 + renewals + stored + (units > 1 ? pieces(work.storeBytes) + units : 0))
    }
}
