package import VectorIndex

/// Speed and recall of an index: `tapedeck bench search`.
///
/// The file's pages are read when searches touch them, so opening costs almost nothing and the first search more. All queries
/// run once before they are measured, except the very first.
package struct SearchBenchmark: Sendable, Codable {
    /// Vectors in the index.
    package let vectors: Int
    /// Components of a vector.
    package let dims: Int
    /// Lists visited by a search; all of them in an exact index.
    package let nprobe: Int
    /// Threads sharing a search.
    package let threads: Int
    /// Milliseconds to open the file.
    package let openMilliseconds: Double
    /// Milliseconds of the first query.
    package let firstMilliseconds: Double
    /// Median milliseconds of a single query.
    package let singleMilliseconds: Double
    /// Milliseconds per query in one batch.
    package let batchMilliseconds: Double
    /// Share of the true ten nearest among the ten found; nil without the truth.
    package let recallAt10: Double?

    /// The names of `bench search --json`.
    enum CodingKeys: String, CodingKey {
        case vectors, dims, nprobe, threads
        case openMilliseconds = "open_ms"
        case firstMilliseconds = "ms_first"
        case singleMilliseconds = "ms_single"
        case batchMilliseconds = "ms_batch"
        case recallAt10 = "recall_at_10"
    }

    /// Measures a file.
    /// - Parameters:
    ///   - index: a FAISS index.
    ///   - queries: a `.npy` file of floats, one query per row.
    ///   - truth: a `.npy` file of whole numbers, the ids of the ten nearest of each query; nil when unknown.
    ///   - probes: lists to visit; nil for the file's own number.
    ///   - threads: threads sharing a search.
    /// - Throws: `IndexError`, naming the file that does not match.
    package static func run(
        index: String, queries: String, truth: String?, probes: Int? = nil, threads: Int = 1
    ) throws(IndexError) -> SearchBenchmark {
        let questions = try NumpyArray(path: queries)
        guard case .floats(let values) = questions.values, questions.rows > 0 else {
            throw IndexError(.wrongShape, file: queries, "holds no floats; queries are float32, one per row")
        }
        let known = try truth.map { (path) throws(IndexError) in try Self.truth(path, queries: questions.rows) }

        let clock = ContinuousClock()
        var start = clock.now
        let opened = try OpenIndex(path: index)
        let opening = start.duration(to: clock.now)
        guard questions.columns == opened.dimensions else {
            throw IndexError(
                .wrongShape, file: queries,
                "has rows of \(questions.columns) numbers, and the index vectors of \(opened.dimensions)")
        }
        let dims = opened.dimensions
        start = clock.now
        _ = try opened.search(Array(values.prefix(dims)), k: 10, probes: probes, threads: threads)
        let first = milliseconds(start.duration(to: clock.now))
        _ = try opened.search(values, k: 10, probes: probes, threads: threads)
        var singles: [Double] = []
        for query in 0..<min(100, questions.rows) {
            let one = Array(values[query * dims..<(query + 1) * dims])
            start = clock.now
            _ = try opened.search(one, k: 10, probes: probes, threads: threads)
            singles.append(milliseconds(start.duration(to: clock.now)))
        }
        start = clock.now
        let found = try opened.search(values, k: 10, probes: probes, threads: threads)
        let batch = milliseconds(start.duration(to: clock.now)) / Double(questions.rows)
        let recall = known.map { known in
            zip(found, known).reduce(0.0) { $0 + Double(Set($1.0.map(\.id)).intersection($1.1).count) / 10 }
                / Double(questions.rows)
        }
        let lists = opened.listCount
        return SearchBenchmark(
            vectors: opened.count, dims: dims,
            nprobe: lists.map { min($0, probes ?? opened.defaultProbes ?? $0) } ?? 1, threads: threads,
            openMilliseconds: milliseconds(opening), firstMilliseconds: first,
            singleMilliseconds: singles.sorted()[singles.count / 2],
            batchMilliseconds: batch, recallAt10: recall)
    }

    private static func truth(_ path: String, queries: Int) throws(IndexError) -> [Set<Int64>] {
        let array = try NumpyArray(path: path)
        guard case .integers(let ids) = array.values, array.rows == queries, array.columns >= 10 else {
            throw IndexError(
                .wrongShape, file: path,
                "is \(array.rows) x \(array.columns); needed are 10 whole numbers for each of "
                    + "\(queries) queries")
        }
        return (0..<queries).map { Set(ids[$0 * array.columns..<$0 * array.columns + 10]) }
    }

    private static func milliseconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) * 1e3 + Double(duration.components.attoseconds) / 1e15
    }
}
