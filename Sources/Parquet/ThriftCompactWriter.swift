/// Writes structs in the compact protocol of Apache Thrift, the format of Parquet's metadata.
///
/// Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md.
package struct ThriftCompactWriter {
    package private(set) var bytes: [UInt8] = []
    /// The last field of each open struct.
    private var lastFields: [Int16] = [0]

    package init() {}

    /// Codes of types, of fields and of elements of lists.
    private enum Code: UInt8 {
        case isTrue = 1
        case isFalse = 2
        case i8 = 3
        case i16 = 4
        case i32 = 5
        case i64 = 6
        case binary = 8
        case list = 9
        case structure = 12
    }

    package mutating func byteField(_ id: Int16, _ value: Int8) {
        header(id, .i8)
        bytes.append(UInt8(bitPattern: value))
    }

    package mutating func field(_ id: Int16, _ value: Int16) {
        header(id, .i16)
        zigzag(Int64(value))
    }

    package mutating func field(_ id: Int16, _ value: Int32) {
        header(id, .i32)
        zigzag(Int64(value))
    }

    package mutating func field(_ id: Int16, _ value: Int64) {
        header(id, .i64)
        zigzag(value)
    }

    package mutating func field(_ id: Int16, _ value: Bool) { header(id, value ? .isTrue : .isFalse) }

    package mutating func field(_ id: Int16, _ value: [UInt8]) {
        header(id, .binary)
        binary(value)
    }

    package mutating func field(_ id: Int16, _ value: String) { field(id, Array(value.utf8)) }

    package mutating func field(_ id: Int16, _ write: (inout ThriftCompactWriter) -> Void) {
        header(id, .structure)
        structure(write)
    }

    package mutating func field<Element>(_ id: Int16, structures elements: [Element], _ write: (inout ThriftCompactWriter, Element) -> Void) {
        list(id, elements.count, .structure)
        for element in elements { structure { write(&$0, element) } }
    }

    package mutating func field(_ id: Int16, numbers elements: [Int32]) {
        list(id, elements.count, .i32)
        for element in elements { zigzag(Int64(element)) }
    }

    package mutating func field(_ id: Int16, texts elements: [String]) {
        list(id, elements.count, .binary)
        for element in elements { binary(Array(element.utf8)) }
    }

    /// Ends the outermost struct.
    package mutating func stop() { bytes.append(0) }

    private mutating func structure(_ write: (inout ThriftCompactWriter) -> Void) {
        lastFields.append(0)
        write(&self)
        stop()
        lastFields.removeLast()
    }

    private mutating func header(_ id: Int16, _ code: Code) {
        let last = lastFields[lastFields.count - 1]
        let step = id - last
        if (1...15).contains(step) {
            bytes.append(UInt8(step) << 4 | code.rawValue)
        } else {
            bytes.append(code.rawValue)
            zigzag(Int64(id))
        }
        lastFields[lastFields.count - 1] = id
    }

    private mutating func list(_ id: Int16, _ count: Int, _ code: Code) {
        header(id, .list)
        if count < 15 {
            bytes.append(UInt8(count) << 4 | code.rawValue)
        } else {
            bytes.append(0xF0 | code.rawValue)
            varint(UInt64(count))
        }
    }

    private mutating func binary(_ value: [UInt8]) {
        varint(UInt64(value.count))
        bytes += value
    }

    private mutating func zigzag(_ value: Int64) { varint(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    private mutating func varint(_ value: UInt64) { bytes.appendVarint(value) }
}

extension [UInt8] {
    /// Appends a number as ULEB128: seven bits per byte, lowest first.
    mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    /// Appends a number's bytes, lowest first.
    mutating func appendLittleEndian<Number: FixedWidthInteger>(_ value: Number) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
