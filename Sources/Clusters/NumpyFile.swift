import Base
import ModelFiles

/// Arrays of a NumPy `.npz` file, as `np.savez` and `np.savez_compressed` write it.
struct NumpyFile {
    /// One array.
    struct Content {
        let shape: [Int]
        let values: Values

        enum Values {
            case numbers([Double])
            case texts([String])
        }
    }

    private let path: String
    private let archive: ZipArchive

    init(path: String) throws(ClusterError) {
        self.path = path
        do throws(ModelFileError) {
            archive = try ZipArchive(path: path)
        } catch {
            throw ClusterError(error.code == .notFound ? .unavailable : .malformed, path, error.reason)
        }
    }

    /// The array with a name; `nil` if there is none.
    func array(_ name: String) throws(ClusterError) -> Content? {
        guard let length = archive.byteCount(name + ".npy") else { return nil }
        guard length <= 4 << 30 else { throw ClusterError(.malformed, path, "\(name) has \(length) bytes, more than 4 GiB") }
        var bytes: [UInt8] = []
        do {
            try archive.read(name + ".npy") { bytes.append(contentsOf: $0) }
        } catch {
            throw ClusterError(.malformed, path, "\(name) cannot be read: \(error)")
        }
        return try parse(bytes, name)
    }

    /// The numbers of an array that must have this many dimensions.
    func numbers(_ name: String, dimensions: Int) throws(ClusterError) -> (shape: [Int], values: [Double])? {
        guard let array = try array(name) else { return nil }
        guard case .numbers(let values) = array.values, array.shape.count == dimensions else {
            throw ClusterError(.malformed, path, "\(name) has the shape \(array.shape); \(dimensions) dimensions of numbers are read")
        }
        return (array.shape, values)
    }

    private func parse(_ bytes: [UInt8], _ name: String) throws(ClusterError) -> Content {
        func flaw(_ text: String) -> ClusterError { ClusterError(.malformed, path, "\(name): \(text)") }
        let header: NumpyHeader
        do throws(NumpyHeader.Flaw) {
            header = try bytes.withUnsafeBytes { raw in Result { () throws(NumpyHeader.Flaw) in try NumpyHeader(raw) } }.get()
        } catch {
            switch error {
            case .notNumpy: throw flaw("not a .npy array")
            case .cutShort: throw flaw("its header is cut short")
            case .incomplete: throw flaw("its header names no type or shape (arrays of objects are not read)")
            }
        }
        let (type, shapeText) = (header.type, header.shapeText)
        guard let shape = header.shape, shape.allSatisfy({ $0 < 1 << 32 }) else { throw flaw("its shape is \(shapeText)") }
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow else { throw flaw("its shape is \(shapeText)") }
            count = product
        }
        let data = bytes[header.start...]
        if type.hasPrefix("<U") {
            guard let width = Int(type.dropFirst(2)), width >= 0, width < 1 << 20, Self.size(count, 4 * width) == data.count else {
                throw flaw("its texts are cut short")
            }
            let texts = data.withUnsafeBytes { raw in
                (0..<count).map { item in
                    var text = String.UnicodeScalarView()
                    for place in 0..<width {
                        let code = raw.loadUnaligned(fromByteOffset: (item * width + place) * 4, as: UInt32.self)
                        guard code != 0, let scalar = Unicode.Scalar(code) else { break }
                        text.append(scalar)
                    }
                    return String(text)
                }
            }
            return Content(shape: shape, values: .texts(texts))
        }
        let widths = ["<f4": 4, "<f8": 8, "<i4": 4, "<i8": 8]
        guard let width = widths[type] else { throw flaw("its type is \(type); \(widths.keys.sorted().joined(separator: ", ")) and <U are read") }
        guard Self.size(count, width) == data.count else { throw flaw("it holds \(data.count) bytes for \(count) numbers of \(width)") }
        let numbers = data.withUnsafeBytes { raw in
            (0..<count).map { item -> Double in
                switch type {
                case "<f4": Double(raw.loadUnaligned(fromByteOffset: item * 4, as: Float.self))
                case "<f8": raw.loadUnaligned(fromByteOffset: item * 8, as: Double.self)
                case "<i4": Double(raw.loadUnaligned(fromByteOffset: item * 4, as: Int32.self))
                default: Double(raw.loadUnaligned(fromByteOffset: item * 8, as: Int64.self))
                }
            }
        }
        guard header.isFortran, shape.count > 1 else { return Content(shape: shape, values: .numbers(numbers)) }
        // Column-major order, which scikit-learn uses for components.
        guard shape.count == 2 else { throw flaw("it is in Fortran order; save np.ascontiguousarray of it") }
        var turned = numbers
        for row in 0..<shape[0] { for column in 0..<shape[1] { turned[row * shape[1] + column] = numbers[column * shape[0] + row] } }
        return Content(shape: shape, values: .numbers(turned))
    }

    /// Bytes of a number of items; `nil` on overflow.
    private static func size(_ count: Int, _ width: Int) -> Int? {
        let (size, overflow) = count.multipliedReportingOverflow(by: width)
        return overflow ? nil : size
    }
}
