import Archive
import MarketData

/// Tells files that lose so many of their rows that something is wrong with them as a whole.
struct LossyFile {
    /// The largest share of rows that may be refused.
    let limit: Double

    /// Why a file's losses are a failure of the run; `nil` when they are not.
    /// - Parameters:
    ///   - kept: rows that could be used, also where they are of underlyings that were not asked for.
    ///   - refused: reasons of the others, with their numbers.
    func failure(key: String, kept: Int, refused: [String: Int]) -> String? {
        let count = refused.values.reduce(0, +)
        guard count > 0, kept == 0 || Double(count) > limit * Double(kept + count) else { return nil }
        // The most frequent one; of several, the first by name.
        let reason = refused.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key ?? ""
        let cause = refused.count > 1 ? "most often: \(reason)" : reason
        let rest = "quarantine/ in the store has each row with its reason"
        return kept == 0
            ? "\(key) has no usable row: all \(count) were rejected (\(cause)); correct the file; \(rest)"
            : "\(key): \(count) of \(kept + count) rows were rejected (\(cause)), more than the share of \(limit) that --max-rejected "
                + "allows; correct the file, or allow more; \(rest)"
    }

    /// The failures among the inputs that a ledger has.
    /// - Parameter isCurrent: whether a run reads that input; others are of files that are gone.
    func failures(_ ledger: YearLedger, where isCurrent: (String) -> Bool) -> [String: String] {
        var failures: [String: String] = [:]
        for input in ledger.inputs where isCurrent(input.key) {
            failures[input.key] = failure(
                key: input.key, kept: input.searchable + (input.unwanted ?? 0), refused: input.quarantined)
        }
        return failures
    }
}
