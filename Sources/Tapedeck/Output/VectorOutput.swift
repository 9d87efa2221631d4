import Base
import Foundation
import StrictJSON

/// Writes vectors to a file or to standard output, batch by batch. A file gets its name when it is complete.
package final class VectorOutput {
    /// Vectors written so far.
    package private(set) var count = 0
    /// The temporary file, which is removed if it stays incomplete; `nil` for standard output.
    package let partial: String?
    /// Ending of the temporary file's name.
    package static let partialEnding = ".tapedeck-partial"
    private let path: String?
    private var file: AtomicFile?
    private let format: VectorFormat
    private let dimension: Int
    private let metadata: [String: String]

    /// - Parameters:
    ///   - path: the file; standard output when `nil`.
    ///   - metadata: notes, for formats that can store them.
    /// - Throws: `FileError` when the file cannot be written; `RunError` when the path names something that is not a file.
    package init(path: String?, format: VectorFormat, dimension: Int, metadata: [String: String]) throws {
        self.path = path
        self.format = format
        self.dimension = dimension
        self.metadata = metadata
        guard let path else {
            partial = nil
            return
        }
        guard File.Status(of: path)?.isRegular ?? true else {
            throw RunError(.invalidInput, "\(path) is not an ordinary file", remedy: "name another with --out")
        }
        let partial = path + Self.partialEnding
        self.partial = partial
        file = try AtomicFile(path, temporary: partial)
        // The header has its final length; the number of rows is not known yet.
        try write(try format.header(rows: 0, columns: dimension, metadata: metadata))
    }

    deinit {
        file.take()?.abandon()
    }

    /// Writes the vectors of some texts.
    /// - Parameter vectors: `texts.count` x `dimension`, row-major.
    /// - Throws: `RunError` for vectors that are not finite; `FileError`, with number `EPIPE` if the reader of standard output has
    ///   exited.
    package func append(_ texts: [String], _ vectors: [Float]) throws {
        guard vectors.allSatisfy(\.isFinite) else {
            throw RunError(.damaged, "the model's vectors are not finite: its weights are damaged", remedy: "pull the model again")
        }
        count += texts.count
        guard format == .json else {
            // The formats store little-endian floats, like this machine.
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
    /// - Throws: `FileError` when the file cannot be written.
    package func finish() throws {
        guard path != nil else { return }
        let header = try format.header(rows: count, columns: dimension, metadata: metadata)
        if !header.isEmpty { try file?.seek(to: 0) }
        try file?.write(header)
        try file.take()?.commit()
    }

    private func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

    private func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard path == nil else { return try file?.write(bytes) ?? () }
        var rest = bytes
        while let start = rest.baseAddress, !rest.isEmpty {
            let written = Foundation.write(STDOUT_FILENO, start, rest.count)
            if written < 0 {
                if errno == EINTR { continue }
                throw FileError("standard output", "could not be written")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }
}
