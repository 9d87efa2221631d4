/// Collects a file's bytes into blocks, removes the header, and passes each block to a parser of whole lines.
///
/// Memory: one block, one piece of input, and one line of the maximum length.
struct LineBlocks {
    /// The parser's result for a block: bytes consumed, and whether there is anything to report.
    struct Progress {
        var consumed: Int
        var isIdle: Bool
    }

    /// Maximum line length; longer ones are rejected. Equal to the parser's.
    static let lineLimit = 65_536

    private let key: String
    private let blockSize: Int
    private let decompressor: Decompressor
    private var pending: [UInt8] = []
    private var hasHeader = false

    /// Bytes received, as they came.
    private(set) var storedBytes = 0
    /// Bytes of text, after decompression.
    private(set) var textBytes = 0

    init(key: String, blockSize: Int) {
        self.key = key
        self.blockSize = max(1, blockSize)
        decompressor = Decompressor(key: key)
        pending.reserveCapacity(self.blockSize + (128 << 10))
    }

    /// Takes the next bytes of the file. `begin` is called once, with the header and the number of the line after it;
    /// `parse` with blocks that begin at a line's start, and whether this is the last one.
    mutating func push(
        _ piece: [UInt8], begin: (CSVHeader, UInt32) throws -> Void,
        parse: (UnsafeBufferPointer<UInt8>, Bool) throws -> Progress
    ) throws {
        storedBytes += piece.count
        try decompressor.push(piece) { bytes in
            textBytes += bytes.count
            pending.append(contentsOf: bytes)
            if pending.count >= blockSize { try run(last: false, begin: begin, parse: parse) }
        }
    }

    /// Ends the file.
    mutating func finish(
        begin: (CSVHeader, UInt32) throws -> Void, parse: (UnsafeBufferPointer<UInt8>, Bool) throws -> Progress
    ) throws {
        try decompressor.finish { bytes in
            textBytes += bytes.count
            pending.append(contentsOf: bytes)
        }
        try run(last: true, begin: begin, parse: parse)
    }

    private mutating func run(
        last: Bool, begin: (CSVHeader, UInt32) throws -> Void,
        parse: (UnsafeBufferPointer<UInt8>, Bool) throws -> Progress
    ) throws {
        if !hasHeader { try takeHeader(last: last, begin: begin) }
        guard hasHeader else { return }
        let done = try pending.withUnsafeBufferPointer { bytes in
            var done = 0
            while true {
                let progress = try parse(UnsafeBufferPointer(rebasing: bytes[done...]), last)
                done += progress.consumed
                if progress.isIdle || (last && done == bytes.count) { return done }
            }
        }
        pending.removeFirst(done)
    }

    private mutating func takeHeader(last: Bool, begin: (CSVHeader, UInt32) throws -> Void) throws {
        let end = pending.prefix(Self.lineLimit + 1).firstIndex(of: UInt8(ascii: "\n"))
        if end == nil, !last, pending.count <= Self.lineLimit { return }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        guard !pending.isEmpty, pending != mark else { throw MarketFileError.empty(key: key) }
        guard let end = end ?? (pending.count <= Self.lineLimit ? pending.count : nil) else {
            throw MarketFileError.unusableHeader(
                key: key, column: nil, problem: "its first line is longer than \(Self.lineLimit) bytes")
        }
        var line = pending[..<end]
        if line.starts(with: mark) { line.removeFirst(mark.count) }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        try begin(try CSVHeader(key: key, line: line), 2)
        pending.removeFirst(min(pending.count, end + 1))
        hasHeader = true
    }
}
