#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Bytes of a file in order, a piece at a time.
public protocol ByteStream {
    /// The next bytes, as many as are available; `nil` at the end.
    mutating func next() throws -> [UInt8]?
}

/// Bytes that are in memory already.
public struct MemoryBytes: ByteStream, Sendable {
    private var bytes: [UInt8]?

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    public mutating func next() -> [UInt8]? {
        defer { bytes = nil }
        return bytes
    }
}

/// A local file, read from its beginning. Not memory-mapped: a file that shrinks while it is read ends early instead of
/// ending the process.
public struct FileBytes: ByteStream {
    private final class Descriptor {
        let number: Int32
        init(_ number: Int32) { self.number = number }
        deinit { _ = close(number) }
    }

    private let path: String
    private let pieceSize: Int
    private let descriptor: Descriptor

    /// - Throws: `MarketFileError.unreadable` with the path and the operating system's reason.
    public init(path: String, pieceSize: Int = 1 << 20) throws(MarketFileError) {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw .unreadable(key: path, problem: String(cString: strerror(errno))) }
        descriptor = Descriptor(number)
        self.path = path
        self.pieceSize = max(4096, pieceSize)
    }

    /// The next bytes, at most `pieceSize`; `nil` at the end.
    /// - Throws: `MarketFileError.unreadable` when the file cannot be read.
    public mutating func next() throws(MarketFileError) -> [UInt8]? {
        var failure: Int32 = 0
        let piece = [UInt8](unsafeUninitializedCapacity: pieceSize) { buffer, count in
            while true {
                let received = read(descriptor.number, buffer.baseAddress, buffer.count)
                if received < 0, errno == EINTR { continue }
                if received < 0 { failure = errno }
                count = max(0, received)
                return
            }
        }
        guard failure == 0 else { throw .unreadable(key: path, problem: String(cString: strerror(failure))) }
        return piece.isEmpty ? nil : piece
    }
}
