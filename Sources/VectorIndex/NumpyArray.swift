import Base
import Foundation
import ObjectStore

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
        let header: NumpyHeader
        do throws(NumpyHeader.Flaw) {
            header = try NumpyHeader(bytes)
        } catch {
            switch error {
            case .notNumpy: throw IndexError(.unsupported, file: file, "not a .npy file")
            case .cutShort: throw damaged("the header is cut short")
            case .incomplete: throw damaged("the header names no type or shape")
            }
        }
        guard !header.isFortran else { throw IndexError(.unsupported, file: file, "in Fortran order; save it in C order") }
        guard let shape = header.shape, shape.count == 2 else {
            throw IndexError(.unsupported, file: file, "of shape \(header.shapeText); two dimensions are read")
        }
        let (rows, columns, name, start) = (shape[0], shape[1], header.type, header.start)
        let widths = ["<f2": 2, "<f4": 4, "<f8": 8, "<i4": 4, "<i8": 8]
        guard let width = widths[name] else {
            throw IndexError(
                .unsupported, file: file, "of type \(name); \(widths.keys.sorted().joined(separator: ", ")) are read")
        }
        let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
        let (size, more) = count.multipliedReportingOverflow(by: width)
        guard !overflow, !more, size == bytes.count - start else {
            throw damaged("holds \(bytes.count - start) bytes for \(rows) x \(columns) numbers of \(width)")
        }
        self.rows = rows
        self.columns = columns
        let data = UnsafeRawBufferPointer(rebasing: bytes[start...])
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
}
