internal import CZlib
internal import CZstd

/// Turns the bytes of a plain, gzip or Zstandard file into its contents, a piece at a time, in bounded memory.
///
/// The compression is told by the first bytes; a name that ends in `.gz` or `.zst` must keep its promise.
final class Decompressor {
    private enum Method {
        case plain
        case gzip(GzipDecoder)
        case zstd(ZstdDecoder)
    }

    private let key: String
    private var method: Method?
    private var head: [UInt8] = []

    init(key: String) {
        self.key = key
    }

    /// Passes the contents of `piece` on. `emit` is called with pieces of at most some 128 KiB when compressed.
    func push(_ piece: [UInt8], emit: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
        if method == nil {
            head += piece
            guard head.count >= 4 else { return }
            try begin()
            let first = head
            head = []
            try run(first, emit: emit)
        } else {
            try run(piece, emit: emit)
        }
    }

    /// Says that no more bytes come.
    /// - Throws: `MarketFileError.badCompression` when a compressed stream is cut short.
    func finish(emit: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
        if method == nil, !head.isEmpty {
            try begin()
            try run(head, emit: emit)
        }
        switch method {
        case .gzip(let decoder): try decoder.finish()
        case .zstd(let decoder): try decoder.finish()
        case .plain, nil: break
        }
    }

    private func begin() throws(MarketFileError) {
        if head.starts(with: [0x1F, 0x8B]) {
            method = .gzip(try GzipDecoder(key: key))
        } else if head.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
            || (head.count >= 4 && head[0] & 0xF0 == 0x50 && head[1...3].elementsEqual([0x2A, 0x4D, 0x18])) {
            method = .zstd(try ZstdDecoder(key: key))
        } else if key.lowercased().hasSuffix(".gz") || key.lowercased().hasSuffix(".zst") {
            let promised = key.lowercased().hasSuffix(".gz") ? "gzip" : "Zstandard"
            throw .badCompression(key: key, problem: "its name says \(promised), its first bytes do not")
        } else {
            method = .plain
        }
    }

    private func run(_ piece: [UInt8], emit: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
        try piece.withUnsafeBufferPointer { bytes in
            switch method {
            case .gzip(let decoder): try decoder.decode(bytes, emit: emit)
            case .zstd(let decoder): try decoder.decode(bytes, emit: emit)
            case .plain, nil: try emit(bytes)
            }
        }
    }
}

private let outputSize = 128 << 10

/// gzip (RFC 1952), one member or several; zeros after the last are padding.
private final class GzipDecoder {
    private let key: String
    private var stream: UnsafeMutablePointer<z_stream>
    private let output = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: outputSize)
    private var isBetweenMembers = false
    private var isPadding = false

    init(key: String) throws(MarketFileError) {
        self.key = key
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard tk_gzip_inflate_init(stream) == Z_OK else { throw .outOfMemory(key: key) }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        output.deallocate()
    }

    func decode(
        _ input: UnsafeBufferPointer<UInt8>, emit: (UnsafeBufferPointer<UInt8>) throws -> Void
    ) throws {
        var at = 0
        while at < input.count {
            if isPadding || (isBetweenMembers && input[at] == 0) {
                guard input[at...].allSatisfy({ $0 == 0 }) else {
                    throw MarketFileError.badCompression(key: key, problem: "there are other bytes after its gzip data")
                }
                isPadding = true
                return
            }
            isBetweenMembers = false
            stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress.map { $0 + at })
            stream.pointee.avail_in = UInt32(clamping: input.count - at)
            let given = Int(stream.pointee.avail_in)
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = UInt32(outputSize)
            let status = inflate(stream, Z_NO_FLUSH)
            at += given - Int(stream.pointee.avail_in)
            let produced = outputSize - Int(stream.pointee.avail_out)
            if produced > 0 { try emit(UnsafeBufferPointer(rebasing: output[0..<produced])) }
            switch status {
            case Z_OK, Z_BUF_ERROR:
                continue
            case Z_STREAM_END:
                guard inflateReset(stream) == Z_OK else { throw MarketFileError.outOfMemory(key: key) }
                isBetweenMembers = true
            case Z_MEM_ERROR:
                throw MarketFileError.outOfMemory(key: key)
            default:
                let detail = stream.pointee.msg.map { String(cString: $0) } ?? "error \(status)"
                throw MarketFileError.badCompression(key: key, problem: "its gzip data is damaged (\(detail))")
            }
        }
        // The input is used up, but output may wait inside.
        while !isBetweenMembers, !isPadding {
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = UInt32(outputSize)
            stream.pointee.avail_in = 0
            let status = inflate(stream, Z_NO_FLUSH)
            let produced = outputSize - Int(stream.pointee.avail_out)
            if produced > 0 { try emit(UnsafeBufferPointer(rebasing: output[0..<produced])) }
            if status == Z_STREAM_END {
                guard inflateReset(stream) == Z_OK else { throw MarketFileError.outOfMemory(key: key) }
                isBetweenMembers = true
            }
            if status != Z_OK || produced < outputSize { break }
        }
    }

    func finish() throws(MarketFileError) {
        guard isBetweenMembers || isPadding else {
            throw .badCompression(key: key, problem: "its gzip data ends early")
        }
    }
}

/// Zstandard (RFC 8878), one frame or several.
private final class ZstdDecoder {
    private let key: String
    private let stream: OpaquePointer
    private let output = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: outputSize)
    private var isBetweenFrames = true

    init(key: String) throws(MarketFileError) {
        self.key = key
        guard let stream = ZSTD_createDStream() else { throw .outOfMemory(key: key) }
        self.stream = stream
    }

    deinit {
        ZSTD_freeDStream(stream)
        output.deallocate()
    }

    func decode(
        _ input: UnsafeBufferPointer<UInt8>, emit: (UnsafeBufferPointer<UInt8>) throws -> Void
    ) throws {
        guard !input.isEmpty else { return }
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        while true {
            var target = ZSTD_outBuffer(dst: output.baseAddress, size: outputSize, pos: 0)
            let left = ZSTD_decompressStream(stream, &target, &source)
            guard ZSTD_isError(left) == 0 else {
                let detail = String(cString: ZSTD_getErrorName(left))
                throw MarketFileError.badCompression(key: key, problem: "its Zstandard data is damaged (\(detail))")
            }
            isBetweenFrames = left == 0
            if target.pos > 0 { try emit(UnsafeBufferPointer(rebasing: output[0..<target.pos])) }
            if source.pos == source.size, isBetweenFrames || target.pos < outputSize { return }
        }
    }

    func finish() throws(MarketFileError) {
        guard isBetweenFrames else { throw .badCompression(key: key, problem: "its Zstandard data ends early") }
    }
}
