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
        // With a checksum, as the zstd tool writes it; without one some damage cannot be told.
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

    @Test func damageIsSaidWithTheName() throws {
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
            ("x/a.csv.gz", gzip + Array("rubbish".utf8), "damaged"),
            ("x/a.csv.gz", gzip + [0, 0, 7], "other bytes"),
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
