import CHDF5
import Foundation

extension HDF5Object {
    /// Sets an attribute to a text, which h5py reads as UTF-8 bytes.
    /// - Throws: `.cannotCreate` when an attribute of that name exists, `.writeFailed` when it cannot be written or the
    ///   text contains a zero byte.
    public func setAttribute(_ name: String, to value: String) throws(HDF5Error) {
        guard !value.utf8.contains(0) else {
            throw HDF5Error(
                .writeFailed, file: file.path, object: "\(path)@\(name)", "a text with a zero byte cannot be stored")
        }
        // The library has no strings of length 0.
        let bytes = value.isEmpty ? [0] : Array(value.utf8)
        try writeAttribute(name, .text(bytes: bytes.count)) { attribute, type in H5Awrite(attribute, type, bytes) }
    }

    /// Sets an attribute to an integer, stored as a signed 64-bit number.
    /// - Throws: `.wrongType` when the value does not fit.
    public func setAttribute(_ name: String, to value: some FixedWidthInteger) throws(HDF5Error) {
        guard var value = Int64(exactly: value) else {
            throw HDF5Error(
                .wrongType, file: file.path, object: "\(path)@\(name)", "\(value) does not fit 64 signed bits")
        }
        try writeAttribute(name, .int64) { attribute, type in
            H5Awrite(attribute, type, &value)
        }
    }

    /// Sets an attribute to a floating-point number.
    /// - Throws: `.cannotCreate` when an attribute of that name exists, `.writeFailed`.
    public func setAttribute(_ name: String, to value: Double) throws(HDF5Error) {
        try writeAttribute(name, .float64) { attribute, type in
            var value = value
            return H5Awrite(attribute, type, &value)
        }
    }

    /// Reads an attribute as a text.
    /// - Throws: `.notFound`, `.wrongType` when it is not a text, `.notTrusted`.
    public func stringAttribute(_ name: String) throws(HDF5Error) -> String {
        try readAttribute(name) { (attribute, stored, place) throws(HDF5Error) -> String in
            let storedType = HDF5Handle(H5Aget_type(attribute), close: { H5Tclose($0) })
            guard let type = stored.makeIdentifier(characters: H5Tget_cset(storedType.id)) else {
                throw file.failure(.readFailed, place, "its type is damaged")
            }
            switch stored {
            case .variableText:
                try file.requireTrust(for: stored, place)
                var text: UnsafeMutablePointer<CChar>?
                guard H5Aread(attribute, type.id, &text) >= 0 else {
                    throw file.failure(.readFailed, place, "the attribute is damaged")
                }
                defer { _ = H5free_memory(text) }
                return text.map { String(cString: $0) } ?? ""
            case .text(let bytes):
                guard bytes <= file.maximumReadBytes else {
                    throw HDF5Error(.tooLarge, file: file.path, object: place, "a text of \(bytes) bytes")
                }
                var text = [UInt8](repeating: 0, count: bytes)
                guard H5Aread(attribute, type.id, &text) >= 0 else {
                    throw file.failure(.readFailed, place, "the attribute is damaged")
                }
                return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
            default:
                throw HDF5Error(.wrongType, file: file.path, object: place, "holds \(stored), not a text")
            }
        }
    }

    /// Reads an attribute of any integer type.
    /// - Throws: `.notFound`, `.wrongType` when it is not an integer or does not fit.
    public func int64Attribute(_ name: String) throws(HDF5Error) -> Int64 {
        try readAttribute(name) { (attribute, stored, place) throws(HDF5Error) -> Int64 in
            switch stored {
            case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32:
                var value: Int64 = 0
                guard H5Aread(attribute, tk_h5_native_int64(), &value) >= 0 else {
                    throw file.failure(.readFailed, place, "the attribute is damaged")
                }
                return value
            case .uint64:
                var value: UInt64 = 0
                guard H5Aread(attribute, tk_h5_native_uint64(), &value) >= 0 else {
                    throw file.failure(.readFailed, place, "the attribute is damaged")
                }
                guard let value = Int64(exactly: value) else {
                    throw HDF5Error(.wrongType, file: file.path, object: place, "\(value) does not fit 64 signed bits")
                }
                return value
            default:
                throw HDF5Error(.wrongType, file: file.path, object: place, "holds \(stored), not a whole number")
            }
        }
    }

    /// Reads an attribute of any floating-point type.
    /// - Throws: `.notFound`, `.wrongType` when it is not a floating-point number.
    public func doubleAttribute(_ name: String) throws(HDF5Error) -> Double {
        try readAttribute(name) { (attribute, stored, place) throws(HDF5Error) -> Double in
            guard [.float16, .float32, .float64].contains(stored) else {
                throw HDF5Error(.wrongType, file: file.path, object: place, "holds \(stored), not a floating-point number")
            }
            var value = 0.0
            guard H5Aread(attribute, tk_h5_native_double(), &value) >= 0 else {
                throw file.failure(.readFailed, place, "the attribute is damaged")
            }
            return value
        }
    }

    /// Whether an attribute of that name exists.
    /// - Throws: `HDF5Error` when the library cannot read the file.
    public func hasAttribute(_ name: String) throws(HDF5Error) -> Bool {
        try file.whileOpen("\(path)@\(name)") { () throws(HDF5Error) -> Bool in
            let found = H5Aexists_by_name(file.id, path, name, tk_h5_default())
            guard found >= 0 else { throw file.failure(.readFailed, "\(path)@\(name)", "the object is damaged") }
            return found > 0
        }
    }

    private func writeAttribute(
        _ name: String, _ type: HDF5Type, _ write: (hid_t, hid_t) -> herr_t
    ) throws(HDF5Error) {
        let place = "\(path)@\(name)"
        try file.whileOpen(place) { () throws(HDF5Error) in
            let space = H5Screate(H5S_SCALAR)
            defer { _ = H5Sclose(space) }
            guard space >= 0, let type = type.makeIdentifier() else {
                throw file.failure(.cannotCreate, place, "the attribute could not be created")
            }
            let attribute = H5Acreate_by_name(
                file.id, path, name, type.id, space, tk_h5_default(), tk_h5_default(), tk_h5_default())
            guard attribute >= 0 else {
                throw file.failure(.cannotCreate, place, "the attribute could not be created; the name may be taken")
            }
            defer { _ = H5Aclose(attribute) }
            guard write(attribute, type.id) >= 0 else {
                throw file.failure(.writeFailed, place, "the attribute could not be written")
            }
        }
    }

    private func readAttribute<Value>(
        _ name: String, _ read: (hid_t, HDF5Type, String) throws(HDF5Error) -> Value
    ) throws(HDF5Error) -> Value {
        let place = "\(path)@\(name)"
        return try file.whileOpen(place) { () throws(HDF5Error) -> Value in
            let attribute = H5Aopen_by_name(file.id, path, name, tk_h5_default(), tk_h5_default())
            guard attribute >= 0 else { throw file.failure(.notFound, place, "there is no such attribute") }
            defer { _ = H5Aclose(attribute) }
            let space = H5Aget_space(attribute)
            defer { _ = H5Sclose(space) }
            guard H5Sget_simple_extent_npoints(space) == 1 else {
                throw HDF5Error(.wrongShape, file: file.path, object: place, "holds a list, not a single value")
            }
            let type = H5Aget_type(attribute)
            defer { _ = H5Tclose(type) }
            guard type >= 0, let stored = HDF5Type(identifier: type) else {
                throw file.failure(.wrongType, place, "holds a type this program does not read")
            }
            return try read(attribute, stored, place)
        }
    }
}
