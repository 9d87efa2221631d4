/// Reads a FAISS file sequentially, never past the end, and checks every size against the remaining bytes.
struct FaissReader {
    let bytes: UnsafeRawBufferPointer
    let file: String
    private(set) var position = 0

    init(bytes: UnsafeRawBufferPointer, file: String) {
        self.bytes = bytes
        self.file = file
    }

    /// A little-endian number.
    mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type, _ what: String
    ) throws(IndexError) -> Number {
        let start = try skip(1, of: MemoryLayout<Number>.size, what)
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: Number.self))
    }

    /// A count, in 64 bits.
    mutating func count(_ what: String) throws(IndexError) -> Int {
        let start = position
        guard let count = Int(exactly: try number(UInt64.self, what)) else {
            position = start
            throw damaged("\(what) is out of range")
        }
        return count
    }

    /// Four letters.
    mutating func code(_ what: String) throws(IndexError) -> String {
        let start = try skip(4, of: 1, what)
        return String(decoding: bytes[start..<start + 4], as: UTF8.self)
    }

    static func looksLikeCode(_ code: String) -> Bool {
        code.utf8.count == 4 && code.utf8.allSatisfy { (0x30...0x7A).contains($0) }
    }

    /// Numbers, of which the caller has limited the count.
    mutating func floats(_ count: Int, _ what: String) throws(IndexError) -> [Float] {
        let start = try skip(count, of: 4, what)
        return (0..<count).map {
            Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: start + 4 * $0, as: UInt32.self)))
        }
    }

    /// Skips `count` elements of `size` bytes; returns their offset.
    mutating func skip(_ count: Int, of size: Int, _ what: String) throws(IndexError) -> Int {
        let (length, overflow) = count.multipliedReportingOverflow(by: size)
        guard count >= 0, !overflow, length <= bytes.count - position else {
            throw damaged("\(what) should be \(count) x \(size) bytes, and \(bytes.count - position) are left; it is truncated or damaged")
        }
        let start = position
        position += length
        return start
    }

    func damaged(_ message: String) -> IndexError {
        IndexError(.damaged, file: file, "\(message) (at byte \(position)); rebuild the index")
    }

    func unsupported(_ what: String) -> IndexError {
        IndexError(.unsupported, file: file, "\(what); rebuild the index, or open it with FAISS")
    }
}
