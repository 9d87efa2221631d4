import CZlib
import CZstd
import Foundation
import MarketData
import Testing

@Suite struct CompressedFileTests {
    private static let text: [UInt8] = {
        let lines = (1...5000).map { index in
            let strike = String(repeating: "0", count: 8 - String(index * 10).count) + String(index * 10)
            return optionLine(["contract": "AAPL140621C" + strike, "strike": String(Double(index) / 100)])
        }
        return Array(([optionHeader] + lines).joined(separator: "\n").utf8) + [UInt8(ascii: "\n")]
    }()

    private static func gzip(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var input = Array(bytes)
        var output = [UInt8](repeating: 0, count: input.count + 1000)
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard deflateInit2_(&stream, 6, Z_DEFLATED, 16 + 15, 8, Z_DEFAULT_STRATEGY, zlibVersion(), size) == Z_OK else {
            return []
        }
        defer { deflateEnd(&stream) }
        input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                _ = deflate(&stream, Z_FINISH)
            }
        }
        return Array(output.prefix(Int(stream.total_out)))
    }

    private static func zstd(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let input = Array(bytes)
        var output = [UInt8](repeating: 0, count: ZSTD_compressBound(input.count))
        // With a checksum, as the zstd tool writes it; without one, some damage cannot be detected.
        let context = ZSTD_createCCtx()
        defer { ZSTD_freeCCtx(context) }
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        let size = ZSTD_compress2(context, &output, output.count, input, input.count)
        return Array(output.prefix(size))
    }

    @Test func everyCompressionGivesTheSameRows() throws {
        let text = Self.text
        let plain = try OptionOutcome(text)
        #expect(plain.rows.count == 5000)
        let half = text.count / 2
        let dressed: [(name: String, bytes: [UInt8])] = [
            ("a.csv.gz", Self.gzip(text)),
            ("a.csv.gz", Self.gzip(text[..<half]) + Self.gzip(text[half...])),
            ("a.csv.gz", Self.gzip(text) + [UInt8](repeating: 0, count: 512)),
            ("a.csv.zst", Self.zstd(text)),
            ("a.csv.zst", Self.zstd(text[..<half]) + Self.zstd(text[half...])),
            ("a.csv", Self.gzip(text)),  // the bytes decide
            ("a.csv", Self.zstd(text)),
        ]
        for (name, bytes) in dressed {
            for piece in [Int.max, 1, 1000, 65_537] {
                let outcome = try OptionOutcome(bytes, key: name, piece: piece)
                #expect(outcome.rows == plain.rows, "\(name) in pieces of \(piece)")
                #expect(outcome.summary.textBytes == text.count)
                #expect(outcome.summary.storedBytes == bytes.count)
            }
        }
    }

    /// A frame of raw blocks with a window of 2 GiB, written by hand: the encoder would take gigabytes itself.
    private static func longWindow(_ bytes: [UInt8], windowDescriptor: UInt8 = 0xA8) -> [UInt8] {
        var frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0, windowDescriptor]
        for start in stride(from: 0, to: max(1, bytes.count), by: 100_000) {
            let block = bytes.dropFirst(start).prefix(100_000)
            let header = UInt32(block.count << 3) | (block.endIndex == bytes.count ? 1 : 0)
            frame += [UInt8(truncatingIfNeeded: header), UInt8(truncatingIfNeeded: header >> 8), UInt8(truncatingIfNeeded: header >> 16)] + block
        }
        return frame
    }

    @Test func aWindowOfTwoGibibytesIsRead() throws {
        let plain = try OptionOutcome(Self.text)
        let frame = Self.longWindow(Self.text)
        for bytes in [frame, frame + Self.longWindow([]), Self.zstd([]) + frame] {
            for piece in [Int.max, 1000] {
                #expect(try OptionOutcome(bytes, key: "a.csv.zst", piece: piece).rows == plain.rows)
            }
        }
    }

    /// Intact but unsupported data is not called damaged.
    @Test func unreadObjectsAreNamed() throws {
        let gzip = Self.gzip(Self.text)
        let zstd = Self.zstd(Self.text)
        // The dictionary's number stands in the frame's header.
        let withDictionary: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x01, 0x58, 77, 0x09, 0x00, 0x00, 65]
        let cases: [(name: String, bytes: [UInt8], says: String)] = [
            ("x/a.csv.gz", gzip + Array("rubbish".utf8), "other bytes after its gzip data, which ends at byte \(gzip.count);"),
            ("x/a.csv.gz", gzip + gzip + [0x1F], "other bytes after its gzip data, which ends at byte \(2 * gzip.count);"),
            ("x/a.csv.gz", gzip + [0x1F, 0x8C, 8], "other bytes after its gzip data"),
            ("x/a.csv.gz", gzip + [0, 0, 7], "other bytes after its gzip data"),
            ("x/a.csv.gz", gzip + Self.text, "other bytes after its gzip data"),
            ("x/a.csv.zst", zstd + Array("rubbish".utf8), "other bytes after its Zstandard data, which ends at byte \(zstd.count);"),
            ("x/a.csv.zst", zstd + [7], "other bytes after its Zstandard data"),
            ("x/a.csv.zst", withDictionary, "needs the dictionary 77 "),
            ("x/a.csv.zst", zstd + withDictionary, "needs the dictionary 77 "),
            ("x/a.csv.zst", Self.longWindow(Self.text, windowDescriptor: 0xB0), "a window of 4096 MiB"),
        ]
        for (name, bytes, says) in cases {
            for piece in [Int.max, 977, 1] {
                let error = #expect(throws: MarketFileError.self) { try OptionOutcome(bytes, key: name, piece: piece) }
                #expect(error?.key == name)
                #expect(error?.description.contains(says) == true, "\(String(describing: error)), expected: \(says)")
                #expect(error?.description.contains("damaged") == false && error?.description.contains("Fetch") == false, "\(says)")
            }
        }
    }

    @Test func damageIsReportedWithTheName() throws {
        let gzip = Self.gzip(Self.text)
        let zstd = Self.zstd(Self.text)
        func flipped(_ bytes: [UInt8], at place: Int) -> [UInt8] {
            var bytes = bytes
            bytes[place] ^= 0x55
            return bytes
        }
        let cases: [(name: String, bytes: [UInt8], says: String)] = [
            ("x/a.csv.gz", Array(gzip.dropLast(20)), "ends early"),
            ("x/a.csv.gz", Array(gzip.prefix(5)), "ends early"),
            ("x/a.csv.gz", flipped(gzip, at: gzip.count / 2), "damaged"),
            ("x/a.csv.gz", flipped(gzip, at: gzip.count - 6), "damaged"),
            ("x/a.csv.gz", gzip + gzip.prefix(10) + [0xFF, 0xFF], "damaged"),
            ("x/a.csv.gz", gzip + gzip.dropLast(20), "ends early"),
            ("x/a.csv.gz", Self.text, "first bytes do not"),
            ("x/a.csv.zst", Array(zstd.dropLast(20)), "ends early"),
            ("x/a.csv.zst", flipped(zstd, at: zstd.count / 2), "damaged"),
            ("x/a.csv.zst", gzip.reversed(), "first bytes do not"),
        ]
        for (name, bytes, says) in cases {
            for piece in [Int.max, 977] {
                do {
                    _ = try OptionOutcome(bytes, key: name, piece: piece)
                    Issue.record("\(name) that \(says) was read")
                } catch let error as MarketFileError {
                    #expect(error.key == name)
                    #expect(error.description.contains(says), "\(error.description), expected: \(says)")
                }
            }
        }
    }
}
