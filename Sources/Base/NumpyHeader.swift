import Foundation

/// The header of a NumPy array: its type and shape, and where the numbers begin. Source: numpy.lib.format, versions 1 to 3.
package struct NumpyHeader {
    /// Why bytes are not a readable array.
    package enum Flaw: Error {
        /// They do not begin like an array.
        case notNumpy
        case cutShort
        /// Type, shape or order is missing, as for arrays of objects.
        case incomplete
    }

    /// As NumPy writes it: `<f4`.
    package let type: String
    /// As NumPy writes it: `(3, 4)`.
    package let shapeText: String
    package let isFortran: Bool
    /// The first byte of the numbers.
    package let start: Int

    /// The sizes of the dimensions; `nil` if one of them is not a whole number of at least 0.
    package var shape: [Int]? {
        let sizes = shapeText.trimmingCharacters(in: CharacterSet(charactersIn: "() ")).split(separator: ",").map {
            Int($0.trimmingCharacters(in: .whitespaces))
        }
        guard sizes.allSatisfy({ $0 ?? -1 >= 0 }) else { return nil }
        return sizes.compactMap(\.self)
    }

    package init(_ bytes: UnsafeRawBufferPointer) throws(Flaw) {
        guard bytes.count >= 10, bytes.prefix(6).elementsEqual([0x93] + Array("NUMPY".utf8)) else { throw .notNumpy }
        let isLong = bytes[6] >= 2
        let first = isLong ? 12 : 10
        guard bytes.count >= first else { throw .cutShort }
        let length =
            isLong
            ? Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
            : Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
        guard length <= bytes.count - first, length <= 1 << 16 else { throw .cutShort }
        let header = String(decoding: bytes[first..<first + length], as: UTF8.self)
        guard let type = Self.entry("descr", of: header), let shape = Self.entry("shape", of: header),
            let order = Self.entry("fortran_order", of: header)
        else { throw .incomplete }
        self.type = type.trimmingCharacters(in: CharacterSet(charactersIn: "'\""))
        shapeText = shape
        isFortran = order != "False"
        start = first + length
    }

    /// The text of an entry of the header, a Python dictionary as NumPy prints it.
    private static func entry(_ name: String, of header: String) -> String? {
        guard let key = header.range(of: "'\(name)':") else { return nil }
        let rest = header[key.upperBound...].drop { $0 == " " }
        if rest.first == "(" { return rest.firstIndex(of: ")").map { String(rest[...$0]) } }
        return rest.firstIndex { $0 == "," || $0 == "}" }.map { String(rest[..<$0]).trimmingCharacters(in: .whitespaces) }
    }
}
