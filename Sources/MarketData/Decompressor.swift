import CZlib
import CZstd
import Foundation

/// Decompresses a plain, gzip or Zstandard file, a piece at a time, in bounded memory.
///
/// The first bytes determine the compression, and must match a name that ends in `.gz` or `.zst`.
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

    /// Passes on the contents of `piece`. For compressed files, `emit` is called with pieces of at most about 128 KiB.
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

    /// Ends the input.
    /// - Throws: `MarketFileError.badCompression` when a compressed stream is cut short; `.unsupportedCompression`.
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
            || (head.count >= 4 && head[0] & 0xF0 == 0x50 && head[1...3].elementsEqual([0x2A, 0x4D, 0x18]))
        {
            method = .zstd(try ZstdDecoder(key: key))
        } else if key.lowercased().hasSuffix(".gz") || key.lowercased().hasSuffix(".zst") {
            let promised = key.lowercased().hasSuffix(".gz") ? "gzip" : "Zstandard"
            throw .badCompression(key: key, problem: "its name says \(promised), but its first bytes do not")
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
///
/// Other bytes there are an error, because they may be rows that were appended without compression.
private final class GzipDecoder {
    /// Where the next byte stands.
    private enum Place {
        case member
        case betweenMembers
        /// After the first byte of a possible further member.
        case magic
        case padding
    }

    private let key: String
    private var stream: UnsafeMutablePointer<z_stream>
    private let output = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: outputSize)
    private var place = Place.member
    /// Bytes up to the end of the last member.
    private var memberEnd = 0
    private var received = 0

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
            switch place {
            case .member:
                at += try inflateMember(UnsafeBufferPointer(rebasing: input[at...]), emit: emit)
                if place == .betweenMembers { memberEnd = received + at }
            case .betweenMembers:
                place = input[at] == 0 ? .padding : .magic
                guard place == .padding || input[at] == 0x1F else { throw otherBytes() }
                at += 1
            case .magic:
                guard input[at] == 0x8B else { throw otherBytes() }
                place = .member
                _ = try [0x1F].withUnsafeBufferPointer { try inflateMember($0, emit: emit) }
            case .padding:
                guard input[at...].allSatisfy({ $0 == 0 }) else { throw otherBytes() }
                at = input.count
            }
        }
        received += input.count
    }

    private func otherBytes() -> MarketFileError {
        .unsupportedCompression(
            key: key,
            problem: "there are other bytes after its gzip data, which ends at byte \(memberEnd); "
                + "if they do not belong to the file, remove them (head -c \(memberEnd))")
    }

    /// Decodes up to the end of a member or of `input`; returns the bytes used.
    private func inflateMember(
        _ input: UnsafeBufferPointer<UInt8>, emit: (UnsafeBufferPointer<UInt8>) throws -> Void
    ) throws -> Int {
        var used = 0
        while true {
            stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress.map { $0 + used })
            stream.pointee.avail_in = UInt32(clamping: input.count - used)
            let given = Int(stream.pointee.avail_in)
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = UInt32(outputSize)
            let status = inflate(stream, Z_NO_FLUSH)
            used += given - Int(stream.pointee.avail_in)
            let produced = outputSize - Int(stream.pointee.avail_out)
            if produced > 0 { try emit(UnsafeBufferPointer(rebasing: output[0..<produced])) }
            switch status {
            case Z_OK, Z_BUF_ERROR:
                // As long as the output was full, more output may be pending.
                if used == input.count, produced < outputSize { return used }
            case Z_STREAM_END:
                guard inflateReset(stream) == Z_OK else { throw MarketFileError.outOfMemory(key: key) }
                place = .betweenMembers
                return used
            case Z_MEM_ERROR:
                throw MarketFileError.outOfMemory(key: key)
            default:
                let detail = stream.pointee.msg.map { String(cString: $0) } ?? "error \(status)"
                throw MarketFileError.badCompression(key: key, problem: "its gzip data is damaged (\(detail))")
            }
        }
    }

    func finish() throws(MarketFileError) {
        switch place {
        case .betweenMembers, .padding: break
        case .magic: throw otherBytes()
        case .member: throw .badCompression(key: key, problem: "its gzip data ends early")
        }
    }
}

/// Zstandard (RFC 8878), one frame or several, with windows of up to 2 GiB as `zstd --long=31` writes them.
///
/// The library touches the memory of a window only as far as the frame's contents need; beyond `mostWindowBytes`, the frame is rejected.
private final class ZstdDecoder {
    /// An eighth of the machine's memory, since several files are read at once; at least the size that `zstd` decodes by default.
    private static let mostWindowBytes = max(128 << 20, Int(clamping: ProcessInfo.processInfo.physicalMemory / 8))
    private static let largestWindowLog: Int32 = 31

    private let key: String
    private let stream: OpaquePointer
    private let output = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: outputSize)
    private var isBetweenFrames = true
    private var frame = ZstdFrame()
    private var received = 0
    /// Bytes up to the end of the last frame; 0 in the first.
    private var frameEnd = 0

    init(key: String) throws(MarketFileError) {
        self.key = key
        guard let stream = ZSTD_createDStream() else { throw .outOfMemory(key: key) }
        self.stream = stream
        ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, Self.largestWindowLog)
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
            if isBetweenFrames, source.pos < source.size { frame = ZstdFrame() }
            frame.header += input[source.pos...].prefix(ZstdFrame.longestHeader - frame.header.count)
            var target = ZSTD_outBuffer(dst: output.baseAddress, size: outputSize, pos: 0)
            let left = ZSTD_decompressStream(stream, &target, &source)
            guard ZSTD_isError(left) == 0 else { throw failure(left) }
            isBetweenFrames = left == 0
            if isBetweenFrames { frameEnd = received + source.pos }
            frame.contents += target.pos
            try checkWindow()
            if target.pos > 0 { try emit(UnsafeBufferPointer(rebasing: output[0..<target.pos])) }
            if source.pos == source.size, isBetweenFrames || target.pos < outputSize { break }
        }
        received += input.count
    }

    private func checkWindow() throws(MarketFileError) {
        guard frame.contents > Self.mostWindowBytes, let window = frame.window, window > UInt64(Self.mostWindowBytes) else { return }
        throw tooLarge(window, "this machine has memory for \(Self.mostWindowBytes >> 20) MiB")
    }

    private func tooLarge(_ window: UInt64, _ limit: String) -> MarketFileError {
        .unsupportedCompression(
            key: key,
            problem: "it is compressed with a window of \(window >> 20) MiB (zstd --long), and \(limit); "
                + "compress it again without --long")
    }

    private func failure(_ code: Int) -> MarketFileError {
        let detail = String(cString: ZSTD_getErrorName(code))
        switch ZSTD_getErrorCode(code) {
        case ZSTD_error_memory_allocation: return .outOfMemory(key: key)
        case ZSTD_error_frameParameter_windowTooLarge: return tooLarge(frame.window ?? 0, "2048 MiB is the most that is read")
        case ZSTD_error_dictionary_wrong:
            let number = frame.header.withUnsafeBytes { ZSTD_getDictID_fromFrame($0.baseAddress, $0.count) }
            return .unsupportedCompression(
                key: key,
                problem: "it needs the dictionary \(number) that it was compressed with; "
                    + "decompress it with that (zstd -d -D DICTIONARY), and compress it again without")
        case ZSTD_error_prefix_unknown where frameEnd > 0: return otherBytes()
        default: return .badCompression(key: key, problem: "its Zstandard data is damaged (\(detail))")
        }
    }

    func finish() throws(MarketFileError) {
        guard !isBetweenFrames else { return }
        // Too few bytes for the library to recognise a frame.
        if frameEnd > 0, !ZstdFrame.magic.starts(with: frame.header.prefix(4)) { throw otherBytes() }
        throw .badCompression(key: key, problem: "its Zstandard data ends early")
    }

    private func otherBytes() -> MarketFileError {
        .unsupportedCompression(
            key: key,
            problem: "there are other bytes after its Zstandard data, which ends at byte \(frameEnd); "
                + "if they do not belong to the file, remove them (head -c \(frameEnd))")
    }
}

/// State of the frame being decoded.
private struct ZstdFrame {
    static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
    /// Bytes of the longest header.
    static let longestHeader = 18

    /// The frame's first bytes, up to `longestHeader`.
    var header: [UInt8] = []
    /// Bytes of contents so far.
    var contents = 0

    /// Window size of the frame (RFC 8878, 3.1.1.1); nil if the header does not state it, as when the window is the whole frame.
    var window: UInt64? {
        guard header.count >= 6, header[4] & 0x20 == 0 else { return nil }
        let base = UInt64(1) << (10 + UInt64(header[5] >> 3))
        return base + base / 8 * UInt64(header[5] & 7)
    }
}
