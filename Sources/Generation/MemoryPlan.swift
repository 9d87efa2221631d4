import Foundation
import ObjectStore

/// Keeps a run within its memory limit by choosing the batch size and the number of files read at once.
///
/// The estimate includes, in bytes: `base` and `perModel` for the program, an encoder's weights and activations, and an
/// index under construction, which spills to disk; 90 per row for the columns of a batch, of which three are in progress; 40
/// per row to sort one batch; 24 per row and worker for the columns being compressed; for each file being read, its columns
/// with room to grow; and pieces of objects in transfer from and to buckets.
struct MemoryPlan: Hashable {
    static let base = 250 << 20
    static let perModel = 250 << 20
    private static let rowBytes = 90
    private static let sortBytes = 40
    private static let columnBytes = 24
    /// Smallest assumed text of a source row, in bytes.
    private static let textBytes = 70
    static let smallestBatch = 50_000

    let batchSize: Int
    let filesAtOnce: Int
    private let fixedBytes: Int
    private let batchRowBytes: Int
    private let fileRows: Int
    private let transferBytes: Int

    /// - Parameter target: the store; `nil` for a folder.
    /// - Throws: `GenerationError` when not even small batches fit; it states the limit that would work.
    init(_ configuration: EmbeddingGenerationConfig, files: SourceFiles, target: StoreLocation?) throws {
        let (batchSize, maxWorkers, models) = (configuration.batchSize, configuration.maxWorkers, configuration.models.count)
        let limit = configuration.memoryLimit ?? Self.defaultLimit
        let fixed = Self.base + models * Self.perModel + (target?.transferBytes ?? 0)
        let fileRows = files.largestText / Self.textBytes
        let fileBytes = fileRows * Self.rowBytes * 3 / 2 + configuration.source.transferBytes
        let perRow = 3 * Self.rowBytes + Self.sortBytes + Self.columnBytes * maxWorkers
        // A batch is closed only after the file that fills it is complete.
        func need(_ batch: Int, _ files: Int) -> Int {
            fixed + (batch + fileRows) * perRow + files * fileBytes
        }
        let smallest = min(batchSize, Self.smallestBatch)
        guard need(smallest, 1) <= limit else {
            let megabytes = (need(smallest, 1) + 999_999) / 1_000_000
            throw GenerationError(
                "a memory limit of \(limit / 1_000_000) MB is too small: with \(models) model\(models == 1 ? "" : "s") and files of this size "
                    + "a run takes at least \(megabytes) MB; give --memory-limit \(megabytes)MB, or fewer --models or --max-workers")
        }
        var files = max(1, maxWorkers)
        while files > 1, need(smallest, files) > limit { files -= 1 }
        var batch = batchSize
        if need(batch, files) > limit {
            batch = max(smallest, (limit - need(0, files)) / perRow)
        }
        self.batchSize = batch
        filesAtOnce = files
        fixedBytes = fixed
        batchRowBytes = perRow
        self.fileRows = fileRows
        transferBytes = configuration.source.transferBytes
    }

    /// Upper bound in bytes for a run of `rows` rows, without stock bars.
    func bytes(rows: Int) -> Int {
        fixedBytes + min(rows, batchSize + fileRows) * batchRowBytes
            + filesAtOnce * (min(rows, fileRows) * Self.rowBytes * 3 / 2 + transferBytes)
    }

    /// Half of the machine's memory.
    static var defaultLimit: Int { Int(ProcessInfo.processInfo.physicalMemory / 2) }
}
