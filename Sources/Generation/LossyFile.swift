import Archive
import MarketData

/// Detects files that lose so many rows that the whole file is suspect.
struct LossyFile {
    /// Largest share of rows that may be refused.
    let limit: Double

    /// Why a file's losses make the run fail; `nil` if they do not.
    /// - Parameters:
    ///   - kept: number of usable rows, including those of underlyings that were not requested.
    ///   - refused: number of refused rows, by reason.
    func failure(key: String, kept: Int, refused: [String: Int]) -> String? {
        let count = refused.values.reduce(0, +)
        guard count > 0, kept == 0 || Double(count) > limit * Double(kept + count) else { return nil }
        // The most frequent reason; of several, the first by name.
        let reason = refused.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key ?? ""
        let cause = refused.count > 1 ? "most often: \(reason)" : reason
        let rest = "quarantine/ in the store has each row with its reason"
        return kept == 0
            ? "\(key) has no usable row: all \(count) were rejected (\(cause)); correct the file; \(rest)"
            : "\(key): \(count) of \(kept + count) rows were rejected (\(cause)), more than the share of \(limit) that --max-rejected "
                + "allows; correct the file, or allow more; \(rest)"
    }

    /// The failures among a ledger's inputs.
    /// - Parameter isCurrent: whether this run reads an input; other inputs are files that are gone.
    func failures(_ ledger: YearLedger, where isCurrent: (String) -> Bool) -> [String: String] {
        var failures: [String: String] = [:]
        for input in ledger.inputs where isCurrent(input.key) {
            failures[input.key] = failure(
                key: input.key, kept: input.searchable + (input.unwanted ?? 0), refused: input.quarantined)
        }
        return failures
    }
}
