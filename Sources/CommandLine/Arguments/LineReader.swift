import Foundation

/// Reads texts, one per line, in blocks.
final class LineReader {
    private let descriptor: Int32
    private let name: String
    private var buffer: [UInt8] = []
    /// Where in `buffer` the next line begins.
    private var position = 0
    private var isAtEnd = false
    private var lineNumber = 0

    /// The longest line, in bytes.
    private static let sizeLimit = 1 << 20
    private static let blockSize = 1 << 18

    /// - Parameter path: the file; standard input when `nil`.
    /// - Throws: `CommandError` when it cannot be opened.
    init(path: String?) throws(CommandError) {
        name = path ?? "standard input"
        descriptor = path.map { open($0, O_RDONLY | O_CLOEXEC) } ?? STDIN_FILENO
        guard descriptor >= 0 else { throw failure() }
    }

    deinit { if descriptor > STDERR_FILENO { close(descriptor) } }

    /// The next lines, without their ends; bytes that are not UTF-8 become U+FFFD.
    /// - Returns: at most `count` of them; `nil` at the end.
    /// - Throws: `CommandError` if the file cannot be read or a line is not text.
    func next(_ count: Int) throws(CommandError) -> [String]? {
        var lines: [String] = []
        while lines.count < count, let line = try nextLine() { lines.append(line) }
        return lines.isEmpty ? nil : lines
    }

    private func nextLine() throws(CommandError) -> String? {
        var searched = position
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { position = end + 1 }
                return try text(buffer[position..<end])
            }
            if isAtEnd {
                guard position < buffer.count else { return nil }
                defer { position = buffer.count }
                return try text(buffer[position...])
            }
            buffer.removeFirst(position)
            position = 0
            searched = buffer.count
            guard searched <= Self.sizeLimit else { throw tooLong() }
            try fill()
        }
    }

    /// Appends what the system has next to the buffer.
    private func fill() throws(CommandError) {
        let length = buffer.count
        buffer += [UInt8](repeating: 0, count: Self.blockSize)
        var count = 0
        repeat {
            count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress?.advanced(by: length), Self.blockSize) }
        } while count < 0 && errno == EINTR
        guard count >= 0 else { throw failure() }
        buffer.removeLast(Self.blockSize - count)
        isAtEnd = count == 0
    }

    private func failure() -> CommandError {
        CommandError("\(name): the texts cannot be read: \(String(cString: strerror(errno)))")
    }

    private func text(_ line: ArraySlice<UInt8>) throws(CommandError) -> String {
        guard line.count <= Self.sizeLimit else { throw tooLong() }
        lineNumber += 1
        if lineNumber == 1, line.starts(with: [0xFF, 0xFE]) || line.starts(with: [0xFE, 0xFF]) {
            throw CommandError("\(name): it is UTF-16 text; convert it to UTF-8, as with iconv -f utf-16 -t utf-8")
        }
        guard !line.contains(0) else {
            throw CommandError("\(name), line \(lineNumber): it holds NUL bytes, so it is not text; texts are lines of UTF-8")
        }
        return String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
    }

    private func tooLong() -> CommandError {
        CommandError("\(name), line \(lineNumber + 1): longer than \(Self.sizeLimit) bytes; texts are lines")
    }
}
