import Foundation

/// How a run stays within its memory: the size of its batches and the number of files read at once.
///
/// What is reckoned with, in bytes: `base` and `perModel` for the program, an encoder's weights and its activations, and an
/// index in the making; 90 a row of the columns of a batch, of which three are under way; 40 a row for sorting one; 24 a
/// row and worker for the columns being compressed; and for each file being read its columns with room to grow.
struct MemoryPlan: Hashable {
    static let base = 250 << 20
    static let perModel = 250 << 20
    private static let rowBytes = 90
    private static let sortBytes = 40
    private static let columnBytes = 24
    /// A row of a source file takes at least so much text.
    private static let textBytes = 70
    static let smallestBatch = 50_000

    let batchSize: Int
    let filesAtOnce: Int
    private let fixedBytes: Int
    private let batchRowBytes: Int
    private let fileRows: Int

    /// - Parameters:
    ///   - limit: bytes.
    ///   - largestFile: bytes of text of the largest source file.
    /// - Throws: `GenerationError` when not even small batches fit; it says what would.
    init(limit: Int, batchSize: Int, maxWorkers: Int, largestFile: Int, models: Int) throws {
        let fixed = Self.base + models * Self.perModel
        let fileRows = largestFile / Self.textBytes
        let perRow = 3 * Self.rowBytes + Self.sortBytes + Self.columnBytes * maxWorkers
        // A batch is closed once the file that fills it is in.
        func need(_ batch: Int, _ files: Int) -> Int {
            fixed + (batch + fileRows) * perRow + files * fileRows * Self.rowBytes * 3 / 2
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
    }

    /// Bytes that a run of so many rows takes at most, but for stock bars.
    func bytes(rows: Int) -> Int {
        fixedBytes + min(rows, batchSize + fileRows) * batchRowBytes
            + filesAtOnce * min(rows, fileRows) * Self.rowBytes * 3 / 2
    }

    /// Half of the machine's memory.
    static var defaultLimit: Int { Int(ProcessInfo.processInfo.physicalMemory / 2) }
}
