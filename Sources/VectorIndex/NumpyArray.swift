internal import Base
internal import Foundation
internal import ObjectStore

/// A matrix from a NumPy `.npy` file (format 1.0 and 2.0: numpy.lib.format): two dimensions, in C order.
public struct NumpyArray: Sendable {
    /// Rows.
    public let rows: Int
    /// Numbers of a row.
    public let columns: Int
    /// The numbers, row-major.
    public let values: Values

    /// Numbers of one of the types that are read.
    public enum Values: Sendable {
        /// From `<f4`, `<f8` or `<f2`.
        case floats([Float])
        /// From `<i8` or `<i4`.
        case integers([Int64])
    }

    /// Reads a file.
    /// - Throws: `IndexError` with code `.cannotOpen`, `.unsupported` for other types or shapes, `.damaged`.
    public init(path: String) throws(IndexError) {
        let mapping: MemoryMap
        do throws(FileError) {
            mapping = try MemoryMap(path: path)
        } catch {
            throw IndexError(.cannotOpen, file: path, "\(error.action): \(error.reason.text); \(error.remedy)")
        }
        self = try mapping.withBytes { (bytes) throws(IndexError) in try NumpyArray(bytes, file: path) }
    }

    package init(_ bytes: UnsafeRawBufferPointer, file: String) throws(IndexError) {
        func damaged(_ message: String) -> IndexError { IndexError(.damaged, file: file, message) }
        guard bytes.count >= 10, bytes.prefix(6).elementsEqual([0x93] + Array("NUMPY".utf8)) else {
            throw IndexError(.unsupported, file: file, "not a .npy file")
        }
        let isLong = bytes[6] >= 2
        let start = isLong ? 12 : 10
        guard bytes.count >= start else { throw damaged("the header is cut short") }
        let length =
            isLong
            ? Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
            : Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
        guard length <= bytes.count - start, length <= 1 << 16 else { throw damaged("the header is cut short") }
        let header = String(decoding: bytes[start..<start + length], as: UTF8.self)

        guard let type = Self.entry("descr", of: header), let shape = Self.entry("shape", of: header),
            let order = Self.entry("fortran_order", of: header)
        else { throw damaged("the header names no type or shape") }
        guard order == "False" else { throw IndexError(.unsupported, file: file, "in Fortran order; save it in C order") }
        let sizes = shape.trimmingCharacters(in: CharacterSet(charactersIn: "() ")).split(separator: ",")
            .map { Int($0.trimmingCharacters(in: .whitespaces)) }
        guard sizes.count == 2, let rows = sizes[0], let columns = sizes[1], rows >= 0, columns >= 0 else {
            throw IndexError(.unsupported, file: file, "of shape \(shape); two dimensions are read")
        }
        let name = type.trimmingCharacters(in: CharacterSet(charactersIn: "'\""))
        let widths = ["<f2": 2, "<f4": 4, "<f8": 8, "<i4": 4, "<i8": 8]
        guard let width = widths[name] else {
            throw IndexError(
                .unsupported, file: file, "of type \(name); \(widths.keys.sorted().joined(separator: ", ")) are read")
        }
        let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
        let (size, more) = count.multipliedReportingOverflow(by: width)
        guard !overflow, !more, size == bytes.count - start - length else {
            throw damaged("holds \(bytes.count - start - length) bytes for \(rows) x \(columns) numbers of \(width)")
        }
        self.rows = rows
        self.columns = columns
        let data = UnsafeRawBufferPointer(rebasing: bytes[(start + length)...])
        switch name {
        case "<f2": values = .floats(HalfFloats.floats(data))
        case "<f4": values = .floats((0..<count).map { data.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) })
        case "<f8":
            values = .floats((0..<count).map { Float(data.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self)) })
        case "<i4":
            values = .integers((0..<count).map { Int64(data.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)) })
        default:
            values = .integers((0..<count).map { data.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self) })
        }
    }

    /// The text of an entry of the header, a Python dictionary as NumPy prints it.
    private static func entry(_ name: String, of header: String) -> String? {
        guard let key = header.range(of: "'\(name)':") else { return nil }
        let rest = header[key.upperBound...].drop { $0 == " " }
        if rest.first == "(" { return rest.firstIndex(of: ")").map { String(rest[...$0]) } }
        return rest.firstIndex { $0 == "," || $0 == "}" }.map { String(rest[..<$0]).trimmingCharacters(in: .whitespaces) }
    }
}
