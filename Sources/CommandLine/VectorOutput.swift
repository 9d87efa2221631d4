import ArgumentParser
import Base
import Foundation

/// Writes vectors as they come. A file has its name only once it is whole.
final class VectorOutput {
    /// Vectors written so far.
    private(set) var count = 0
    /// The file while it is half written, which is removed when it stays so.
    let partial: String?
    /// Ending of the name of a half-written file.
    static let partialEnding = ".tapedeck-partial"
    private let path: String?
    private var file: AtomicFile?
    private let format: VectorFormat
    private let dimension: Int
    private let metadata: [String: String]

    /// - Parameters:
    ///   - path: the file; standard output when `nil`.
    ///   - metadata: notes for forms that have room for them.
    /// - Throws: `CommandError` when it cannot be written.
    init(path: String?, format: VectorFormat, dimension: Int, metadata: [String: String]) throws {
        self.path = path
        self.format = format
        self.dimension = dimension
        self.metadata = metadata
        guard let path else {
            partial = nil
            return
        }
        guard File.Status(of: path)?.isRegular ?? true else {
            throw CommandError("\(path) is there and is not an ordinary file; name another with --out")
        }
        let partial = path + Self.partialEnding
        self.partial = partial
        file = try onFile { () throws(FileError) in try AtomicFile(path, temporary: partial) }
        // Its length is right; its number of rows is not known yet.
        try write(try format.header(rows: 0, columns: dimension, metadata: metadata))
    }

    deinit {
        file.take()?.abandon()
    }

    /// Writes the vectors of some texts.
    /// - Parameter vectors: `texts.count` x `dimension`, row-major.
    /// - Throws: `CommandError`; `ExitCode.success` when nobody reads standard output any longer.
    func append(_ texts: [String], _ vectors: [Float]) throws {
        guard vectors.allSatisfy(\.isFinite) else {
            throw CommandError("the model gives vectors that are not numbers: its weights are damaged; pull it again")
        }
        count += texts.count
        guard format == .json else {
            // The forms' little-endian floats are this machine's own.
            return try vectors.withUnsafeBytes { try write($0) }
        }
        var lines: [UInt8] = []
        for (row, text) in texts.enumerated() {
            lines += #"{"text":"#.utf8
            lines += try JSONText.encode(text)
            lines += #","vector":["#.utf8
            for column in 0..<dimension {
                if column > 0 { lines.append(UInt8(ascii: ",")) }
                lines += vectors[row * dimension + column].description.utf8
            }
            lines += "]}\n".utf8
        }
        try write(lines)
    }

    /// Completes the file and gives it its name.
    /// - Throws: `CommandError`.
    func finish() throws {
        guard path != nil else { return }
        let header = try format.header(rows: count, columns: dimension, metadata: metadata)
        try onFile { () throws(FileError) in
            if !header.isEmpty { try file?.seek(to: 0) }
            try file?.write(header)
            try file.take()?.commit()
        }
    }

    /// Works on the file, with the command's errors.
    private func onFile<Value: ~Copyable>(_ work: () throws(FileError) -> Value) throws(CommandError) -> Value {
        do { return try work() } catch {
            throw CommandError("\(path ?? "") cannot be written: \(error.reason.text); \(error.remedy)")
        }
    }

    private func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

    private func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard path == nil else { return try onFile { () throws(FileError) in try file?.write(bytes) } }
        var rest = bytes
        while let start = rest.baseAddress, !rest.isEmpty {
            let written = Foundation.write(STDOUT_FILENO, start, rest.count)
            if written < 0 {
                if errno == EINTR { continue }
                if errno == EPIPE { throw ExitCode.success }
                throw CommandError("standard output cannot be written: \(String(cString: strerror(errno)))")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }
}

/// JSON of small values, on one line.
enum JSONText {
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}
