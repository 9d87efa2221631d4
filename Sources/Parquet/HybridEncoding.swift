/// The run-length and bit-packing hybrid of Parquet: levels, and positions in dictionaries.
///
/// Source: "RLE/Bit-Packing Hybrid", https://parquet.apache.org/docs/file-format/data-pages/encodings/.
package enum HybridEncoding {
    /// Bits that a number up to `largest` takes.
    package static func width(largest: UInt32) -> Int { 32 - largest.leadingZeroBitCount }

    /// Encodes numbers of `width` bits: runs of eight or more equal ones as such, the rest in groups of eight.
    package static func encode(_ values: some RandomAccessCollection<UInt32>, width: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        let values = Array(values)
        /// Start of the numbers not written yet; all but the run at the end will be packed.
        var start = 0
        var place = 0
        while place < values.count {
            var end = place + 1
            while end < values.count, values[end] == values[place] { end += 1 }
            // Numbers packed before a run form whole groups: the first values of the run fill the last group.
            let borrowed = (8 - (place - start) % 8) % 8
            if end - place - borrowed >= 8 {
                pack(values[start..<place + borrowed], width: width, into: &bytes)
                appendRun(of: values[place], count: end - place - borrowed, width: width, to: &bytes)
                start = end
            }
            place = end
        }
        pack(values[start...], width: width, into: &bytes)
        return bytes
    }

    /// Appends a run of one number.
    static func appendRun(of value: UInt32, count: Int, width: Int, to bytes: inout [UInt8]) {
        guard count > 0 else { return }
        bytes.appendVarint(UInt64(count) << 1)
        for byte in 0..<(width + 7) / 8 { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * byte))) }
    }

    /// Appends numbers in groups of eight, the last filled with zeros.
    private static func pack(_ values: ArraySlice<UInt32>, width: Int, into bytes: inout [UInt8]) {
        guard !values.isEmpty else { return }
        let groups = (values.count + 7) / 8
        bytes.appendVarint(UInt64(groups) << 1 | 1)
        var (pending, bits) = (UInt64(0), 0)
        func drain(_ bytes: inout [UInt8]) {
            while bits >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: pending))
                pending >>= 8
                bits -= 8
            }
        }
        for value in values {
            pending |= UInt64(value) << UInt64(bits)
            bits += width
            drain(&bytes)
        }
        for _ in values.count..<groups * 8 {
            bits += width
            drain(&bytes)
        }
    }
}
