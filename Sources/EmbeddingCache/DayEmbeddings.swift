public import MarketData

/// Why a cache has no vector of a ticker on a day, from least to most specific.
public enum MissCause: Int, Sendable, CaseIterable, Comparable {
    /// No file contains the ticker.
    case tickerUnknown
    /// No file contains the day.
    case dateAbsent
    case notTried
    case noData
    case shortHistory
    case failed
    /// Only a file of another model contains it.
    case otherModel

    init(_ status: CellStatus) {
        switch status {
        case .notTried, .cached: self = .notTried
        case .noData: self = .noData
        case .shortHistory: self = .shortHistory
        case .failed: self = .failed
        }
    }

    public static func < (left: MissCause, right: MissCause) -> Bool { left.rawValue < right.rawValue }

    /// Cause in words, such as "date absent".
    public var words: String {
        switch self {
        case .tickerUnknown: "ticker unknown"
        case .dateAbsent: "date absent"
        case .notTried: "not tried"
        case .noData: "no data"
        case .shortHistory: "short history"
        case .failed: "failed"
        case .otherModel: "of another model"
        }
    }

    /// Whether encoding might produce a vector.
    var canBeEncoded: Bool {
        switch self {
        case .tickerUnknown, .dateAbsent, .notTried, .otherModel: true
        case .noData, .shortHistory, .failed: false
        }
    }
}

/// Result of a lookup of some tickers on one day.
public struct DayEmbeddings: Sendable {
    /// The day.
    public let day: Day
    /// The tickers, in the order requested.
    public let tickers: [String]
    /// Numbers per vector.
    public let dimension: Int
    let places: [Place]
    let files: [CacheFile]

    enum Place: Sendable {
        case row(file: Int, day: Int, ticker: Int)
        case added(JournalRecord, CacheVectorType)
        case missing(MissCause)
    }

    /// Indices in `tickers` of those that have a vector, ascending.
    public var hits: [Int] { places.indices.filter { cause(at: $0) == nil } }

    /// Indices in `tickers` of those that have no vector, and why.
    public var misses: [(index: Int, cause: MissCause)] {
        places.indices.compactMap { index in cause(at: index).map { (index, $0) } }
    }

    /// Why the ticker at an index has no vector; nil when it has one.
    public func cause(at index: Int) -> MissCause? {
        if case .missing(let cause) = places[index] { return cause }
        return nil
    }

    /// Calls `body` with the vector of the ticker at an index. For f32 this is the mapped file's own memory, valid only
    /// during the call. Returns nil when there is no vector.
    /// - Throws: errors of `body`.
    public func withVector<Result>(
        at index: Int, _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) rethrows -> Result? {
        switch places[index] {
        case .missing: return nil
        case .added(let record, let type):
            let values = record.vector.withUnsafeBytes { type.load($0, scale: record.scale) }
            return try values.withUnsafeBufferPointer(body)
        case .row(let number, let day, let ticker):
            let file = files[number]
            return try file.withVector(day: day, ticker: ticker) { bytes in
                // Opening checked that the matrix starts at a multiple of four, and rows are whole floats.
                if file.vectorType == .f32 { return try body(bytes.assumingMemoryBound(to: Float.self)) }
                let values = file.vectorType.load(bytes, scale: file.scale(day: day, ticker: ticker))
                return try values.withUnsafeBufferPointer(body)
            }
        }
    }

    /// Asks the system to read all vectors found in the background.
    package func prefetch() {
        var wanted: [Int: [Int]] = [:]
        var places: [Int: Int] = [:]
        for case .row(let file, let day, let ticker) in self.places {
            wanted[file, default: []].append(ticker)
            places[file] = day
        }
        for (file, tickers) in wanted { if let day = places[file] { files[file].prefetch(day: day, tickers: tickers) } }
    }

    /// The vectors of all hits, concatenated in the order of `hits`: hits x `dimension`, row-major.
    public func packed() -> [Float] {
        let hits = places.count { if case .missing = $0 { false } else { true } }
        return [Float](unsafeUninitializedCapacity: hits * dimension) { buffer, filled in
            for place in places {
                let room = UnsafeMutableBufferPointer(rebasing: buffer[filled..<min(filled + dimension, buffer.count)])
                switch place {
                case .missing: continue
                case .added(let record, let type):
                    record.vector.withUnsafeBytes { type.load($0, scale: record.scale, into: room) }
                case .row(let number, let day, let ticker):
                    let file = files[number]
                    let scale = file.scale(day: day, ticker: ticker)
                    file.withVector(day: day, ticker: ticker) { file.vectorType.load($0, scale: scale, into: room) }
                }
                filled += dimension
            }
        }
    }

    /// Bytes of the vectors of all hits, as stored.
    var byteCount: Int {
        places.reduce(0) { sum, place in
            switch place {
            case .missing: sum
            case .added(let record, _): sum + record.vector.count
            case .row(let number, _, _): sum + files[number].layout.bytesPerVector
            }
        }
    }
}
