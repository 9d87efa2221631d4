import Base

/// The contents of a source: which file covers which day or symbol, and which files are ignored and why.
///
/// Everything listed is in exactly one of the lists, so the counts add up.
public struct SourceInventory: Sendable {
    /// An object as listed.
    public struct Object: Hashable, Sendable {
        public var key: String
        /// Bytes.
        public var size: Int
        /// Identifies the object's version; not always an MD5.
        public var etag: String
        /// Why it cannot be read under its key; `nil` when it can.
        public var problem: String?

        public init(key: String, size: Int, etag: String, problem: String? = nil) {
            self.key = key
            self.size = size
            self.etag = etag
            self.problem = problem
        }
    }

    /// A daily file that is read.
    public struct DayFile: Hashable, Sendable {
        public var day: Day
        public var object: Object
    }

    /// A file of one symbol that is read.
    public struct SymbolFile: Hashable, Sendable {
        public var symbol: String
        public var object: Object
    }

    /// A file of a day or symbol that another file already covers.
    public struct Duplicate: Hashable, Sendable {
        public var object: Object
        /// The key of the file that is read instead.
        public var original: String
    }

    /// A file that is not read although it may be intended as market data.
    public struct Unread: Hashable, Sendable {
        public var object: Object
        public var reason: UnreadReason
    }

    /// Option quotes by day, in order.
    public private(set) var optionDays: [DayFile] = []
    /// Cross-sections of stock bars by day, in order.
    public private(set) var stockDays: [DayFile] = []
    /// Histories by symbol, in the order of their UTF-8 bytes: `NAN` and `nan` are two symbols.
    public private(set) var stockSymbols: [SymbolFile] = []
    /// Second files of a day or symbol: not read.
    public private(set) var duplicates: [Duplicate] = []
    /// Samples of days: not read.
    public private(set) var partialDays: [DayFile] = []
    /// Files that may be intended as market data but cannot be read.
    public private(set) var unread: [Unread] = []
    /// All other files, which are clearly not market data, such as README.md.
    public private(set) var ignored: [Object] = []
    /// Warnings to show before a run.
    public private(set) var warnings: [SourceWarning] = []

    /// Excludes inputs.
    package mutating func leaveOut(_ keys: Set<String>) {
        optionDays.removeAll { keys.contains($0.object.key) }
        stockDays.removeAll { keys.contains($0.object.key) }
        stockSymbols.removeAll { keys.contains($0.object.key) }
    }

    /// - Parameter objects: the listing, in any order; the result does not depend on it.
    public init(
        objects: [Object], layout: SourceLayout = SourceLayout(), calendar: TradingCalendar = .unitedStates
    ) {
        var options: [Day: [Object]] = [:]
        var stocks: [Day: [Object]] = [:]
        var symbols: [String: [Object]] = [:]
        for object in objects.sorted(by: { bytesAscend($0.key, $1.key) }) {
            if let problem = object.problem {
                unread.append(Unread(object: object, reason: .unreadable(problem)))
                continue
            }
            switch layout.content(of: object.key) {
            case .options(let day): options[day, default: []].append(object)
            case .stocks(let day): stocks[day, default: []].append(object)
            case .stockSymbol(let symbol): symbols[symbol, default: []].append(object)
            case .partialDay(let day): partialDays.append(DayFile(day: day, object: object))
            case .other:
                if let reason = layout.reasonNotToRead(object.key) {
                    unread.append(Unread(object: object, reason: reason))
                } else {
                    ignored.append(object)
                }
            }
        }
        optionDays = options.keys.sorted().compactMap { day in
            choose(options[day] ?? [], layout: layout).map { DayFile(day: day, object: $0) }
        }
        stockDays = stocks.keys.sorted().compactMap { day in
            choose(stocks[day] ?? [], layout: layout).map { DayFile(day: day, object: $0) }
        }
        stockSymbols = symbols.keys.sorted(by: bytesAscend).compactMap { symbol in
            choose(symbols[symbol] ?? [], layout: layout).map { SymbolFile(symbol: symbol, object: $0) }
        }
        warnings += Self.unreadFiles(unread)
        warnings += Self.closedDays(optionDays + stockDays, calendar: calendar)
        warnings += Self.missingSessions(optionDays, calendar: calendar)
        warnings += Self.shortFiles(optionDays)
    }

    /// Chooses the best of several files for the same day or symbol: by folder, then uncompressed before Zstandard before gzip,
    /// then by key. The others become duplicates.
    private mutating func choose(_ objects: [Object], layout: SourceLayout) -> Object? {
        let best = objects.min { left, right in
            let leftOrder = (layout.rank(of: left.key) ?? .max, Self.compression(left.key))
            let rightOrder = (layout.rank(of: right.key) ?? .max, Self.compression(right.key))
            return leftOrder < rightOrder  // objects are sorted by key, and `min` keeps the first of equals
        }
        guard let best else { return nil }
        for object in objects where object.key != best.key {
            duplicates.append(Duplicate(object: object, original: best.key))
            // Compressed and plain sizes cannot be compared.
            if Self.compression(object.key) == Self.compression(best.key), object.size != best.size {
                warnings.append(.differingCopy(key: object.key, original: best.key))
            }
        }
        return best
    }

    private static func compression(_ key: String) -> Int {
        let name = key.lowercased()
        return name.hasSuffix(".gz") ? 2 : name.hasSuffix(".zst") ? 1 : 0
    }

    /// One warning per reason, in the order of their first files.
    private static func unreadFiles(_ files: [Unread]) -> [SourceWarning] {
        var keys: [UnreadReason: [String]] = [:]
        for file in files { keys[file.reason, default: []].append(file.object.key) }
        return keys.sorted { bytesAscend($0.value[0], $1.value[0]) }
            .map { .unread(reason: $0.key, first: $0.value[0], count: $0.value.count) }
    }

    private static func closedDays(_ files: [DayFile], calendar: TradingCalendar) -> [SourceWarning] {
        files.filter { !calendar.isSession($0.day) }.map {
            .notASession(key: $0.object.key, day: $0.day, holiday: calendar.holiday(on: $0.day))
        }
    }

    private static func missingSessions(_ files: [DayFile], calendar: TradingCalendar) -> [SourceWarning] {
        zip(files, files.dropFirst()).compactMap { before, after in
            guard before.day.days(to: after.day) > 1 else { return nil }
            let missing = calendar.sessions(in: before.day.adding(days: 1)...after.day.adding(days: -1))
            guard let first = missing.first, let last = missing.last else { return nil }
            return .missingSessions(first: first, last: last, count: missing.count)
        }
    }

    /// Files at least 40 % shorter than the median of up to two on either side, within two weeks and compressed alike.
    private static func shortFiles(_ files: [DayFile]) -> [SourceWarning] {
        files.indices.compactMap { index in
            let file = files[index]
            let near = { (other: DayFile) in
                abs(other.day.days(to: file.day)) <= 14
                    && compression(other.object.key) == compression(file.object.key)
            }
            let before = files[..<index].suffix(2).filter(near)
            let after = files[(index + 1)...].prefix(2).filter(near)
            let sizes = (before + after).map(\.object.size).sorted()
            guard sizes.count >= 2 else { return nil }
            let median = Double(sizes[(sizes.count - 1) / 2] + sizes[sizes.count / 2]) / 2
            let share = Double(file.object.size) / max(median, 1)
            return share <= 0.6 ? .shortFile(key: file.object.key, day: file.day, share: share) : nil
        }
    }
}
