import Parquet
import TestSupport
import Testing

/// Compares the encodings with decoders written from the format's specification.
@Suite struct EncodingTests {
    /// Reads the hybrid of runs and packed groups.
    private func decode(_ bytes: [UInt8], width: Int, count: Int) -> [UInt32] {
        var values: [UInt32] = []
        var place = 0
        while values.count < count {
            var (header, shift) = (UInt64(0), UInt64(0))
            while true {
                header |= UInt64(bytes[place] & 0x7F) << shift
                shift += 7
                place += 1
                if bytes[place - 1] < 0x80 { break }
            }
            if header & 1 == 0 {
                var value: UInt32 = 0
                for byte in 0..<(width + 7) / 8 { value |= UInt32(bytes[place + byte]) << UInt32(8 * byte) }
                place += (width + 7) / 8
                values += [UInt32](repeating: value, count: Int(header >> 1))
                continue
            }
            let bits = bytes[place..<place + Int(header >> 1) * width].flatMap { byte in (0..<8).map { byte >> UInt8($0) & 1 } }
            place += Int(header >> 1) * width
            for number in 0..<Int(header >> 1) * 8 {
                values.append((0..<width).reduce(UInt32(0)) { $0 | UInt32(bits[number * width + $1]) << UInt32($1) })
            }
        }
        #expect(place == bytes.count)
        // Only the last group may have more than was given.
        #expect(values.count - count < 8 && values[count...].allSatisfy { $0 == 0 })
        return Array(values.prefix(count))
    }

    @Test func runsAndGroupsComeBack() {
        var random = SplitMix(printing: "runsAndGroupsComeBack")
        for _ in 0..<500 {
            let width = Int.random(in: 1...32, using: &random)
            let largest = width == 32 ? UInt32.max : 1 << UInt32(width) - 1
            var values: [UInt32] = []
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let value = UInt32.random(in: 0...largest, using: &random)
                let isRun = Bool.random(using: &random)
                for _ in 0..<Int.random(in: 1...(isRun ? 40 : 3), using: &random) { values.append(value) }
            }
            #expect(decode(HybridEncoding.encode(values, width: width), width: width, count: values.count) == values)
        }
    }

    @Test func equalNumbersAreOneRun() {
        #expect(HybridEncoding.encode([UInt32](repeating: 5, count: 1000), width: 3) == [0xD0, 0x0F, 5])
        #expect(HybridEncoding.width(largest: 0) == 0 && HybridEncoding.width(largest: 1) == 1 && HybridEncoding.width(largest: 256) == 9)
    }

    /// The example of the format's description: the numbers 0 to 7 in three bits.
    @Test func groupsAreTheFormatsExample() {
        #expect(HybridEncoding.encode((0..<8).map { UInt32($0) }, width: 3) == [0x03, 0b10001000, 0b11000110, 0b11111010])
    }

    /// Bytes computed by hand from the protocol's specification.
    @Test func structsAreTheProtocols() {
        var writer = ThriftCompactWriter()
        writer.field(1, Int32(-1))
        writer.field(3, "ab")
        writer.field(20, true)
        writer.field(21) { inner in inner.field(1, Int64(300)) }
        writer.field(22, numbers: [0, 3, 8])
        writer.field(23, structures: [1, 2]) { $0.field(2, Int16($1)) }
        writer.field(24, false)
        writer.stop()
        #expect(
            writer.bytes == [
                0x15, 0x01, 0x28, 0x02, 0x61, 0x62, 0x01, 0x28, 0x1C, 0x16, 0xD8, 0x04, 0x00, 0x19, 0x35, 0x00, 0x06, 0x10, 0x19, 0x2C, 0x24, 0x02,
                0x00, 0x24, 0x04, 0x00, 0x12, 0x00,
            ])
        var long = ThriftCompactWriter()
        long.field(1, texts: [String](repeating: "", count: 15))
        #expect(long.bytes.prefix(3) == [0x19, 0xF8, 0x0F] && long.bytes.count == 18)
    }

    @Test func boundsAreTheFormats() {
        // Zeros of both signs, and NaN left out.
        let zeros = ColumnStatistics.decimals([Float.nan, 0, -0.0])
        #expect(zeros?.minimum == [0, 0, 0, 0x80] && zeros?.maximum == [0, 0, 0, 0])
        #expect(ColumnStatistics.decimals([Double.nan]) == nil && ColumnStatistics.numbers([Int32]()) == nil)
        let texts = ColumnStatistics.texts(["b", "é", "ab"].map { Array($0.utf8)[...] })
        #expect(texts?.minimum == Array("ab".utf8) && texts?.maximum == Array("é".utf8))
        #expect(ColumnStatistics.numbers([UInt32.max, 1])?.maximum == [255, 255, 255, 255])
    }
}
