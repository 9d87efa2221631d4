import CHDF5

/// Element types that this library reads and writes. It writes all of them little-endian.
public enum HDF5Type: Hashable, Sendable, CustomStringConvertible {
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    /// IEEE binary16, called `float16` in h5py and NumPy.
    case float16
    case float32, float64
    /// UTF-8 text of at most `bytes` bytes, padded with zeros.
    case text(bytes: Int)
    /// UTF-8 text of any length. It is only read, and only from trusted files: see
    /// `HDF5File.init(reading:maximumReadBytes:trusted:)`.
    case variableText

    /// Size of an element in bytes; nil for `.variableText`, whose elements have no fixed size.
    public var byteCount: Int? {
        switch self {
        case .int8, .uint8: 1
        case .int16, .uint16, .float16: 2
        case .int32, .uint32, .float32: 4
        case .int64, .uint64, .float64: 8
        case .variableText: nil
        case .text(let bytes): bytes
        }
    }

    public var description: String {
        switch self {
        case .int8: "int8"
        case .int16: "int16"
        case .int32: "int32"
        case .int64: "int64"
        case .uint8: "uint8"
        case .uint16: "uint16"
        case .uint32: "uint32"
        case .uint64: "uint64"
        case .float16: "float16"
        case .float32: "float32"
        case .float64: "float64"
        case .text(let bytes): "UTF-8 text of \(bytes) bytes"
        case .variableText: "UTF-8 text of variable length"
        }
    }
}

/// A Swift type that is stored in its in-memory representation.
public protocol HDF5Element: BitwiseCopyable, Sendable {
    /// The corresponding stored type.
    static var hdf5Type: HDF5Type { get }
}

extension Int8: HDF5Element { public static var hdf5Type: HDF5Type { .int8 } }
extension Int16: HDF5Element { public static var hdf5Type: HDF5Type { .int16 } }
extension Int32: HDF5Element { public static var hdf5Type: HDF5Type { .int32 } }
extension Int64: HDF5Element { public static var hdf5Type: HDF5Type { .int64 } }
extension UInt8: HDF5Element { public static var hdf5Type: HDF5Type { .uint8 } }
extension UInt16: HDF5Element { public static var hdf5Type: HDF5Type { .uint16 } }
extension UInt32: HDF5Element { public static var hdf5Type: HDF5Type { .uint32 } }
extension UInt64: HDF5Element { public static var hdf5Type: HDF5Type { .uint64 } }
extension Float: HDF5Element { public static var hdf5Type: HDF5Type { .float32 } }
extension Double: HDF5Element { public static var hdf5Type: HDF5Type { .float64 } }

extension HDF5Type {
    /// Whether elements of `type` can be read into or written from values of `Element`. The types must be equal, except that
    /// `.float16` is transferred as bit patterns in `UInt16`: Swift's `Float16` does not exist on every platform.
    func holds<Element: HDF5Element>(_ type: Element.Type) -> Bool {
        self == Element.hdf5Type || (self == .float16 && Element.hdf5Type == .uint16)
    }

    /// Creates an identifier of the type's in-memory representation, in which it is also written.
    /// - Parameter characters: encoding of texts. The library refuses to read ASCII as UTF-8, although ASCII is a subset of
    ///   UTF-8.
    func makeIdentifier(characters: H5T_cset_t = H5T_CSET_UTF8) -> HDF5Handle? {
        let id: hid_t
        switch self {
        case .int8: id = H5Tcopy(tk_h5_native_int8())
        case .int16: id = H5Tcopy(tk_h5_native_int16())
        case .int32: id = H5Tcopy(tk_h5_native_int32())
        case .int64: id = H5Tcopy(tk_h5_native_int64())
        case .uint8: id = H5Tcopy(tk_h5_native_uint8())
        case .uint16: id = H5Tcopy(tk_h5_native_uint16())
        case .uint32: id = H5Tcopy(tk_h5_native_uint32())
        case .uint64: id = H5Tcopy(tk_h5_native_uint64())
        case .float32: id = H5Tcopy(tk_h5_native_float())
        case .float64: id = H5Tcopy(tk_h5_native_double())
        case .float16:
            // The library has no half-precision type before 1.14.4; h5py creates it the same way: sign at bit 15, five
            // exponent bits from bit 10 with bias 15, ten mantissa bits from bit 0.
            id = H5Tcopy(tk_h5_ieee_f32le())
            guard id >= 0, H5Tset_fields(id, 15, 10, 5, 0, 10) >= 0, H5Tset_size(id, 2) >= 0,
                H5Tset_ebias(id, 15) >= 0
            else { return nil }
        case .variableText:
            id = H5Tcopy(tk_h5_c_string())
            guard id >= 0, H5Tset_size(id, tk_h5_variable_length()) >= 0, H5Tset_cset(id, characters) >= 0
            else { return nil }
        case .text(let bytes):
            id = H5Tcopy(tk_h5_c_string())
            guard id >= 0, bytes > 0, H5Tset_size(id, bytes) >= 0, H5Tset_cset(id, characters) >= 0,
                H5Tset_strpad(id, H5T_STR_NULLPAD) >= 0
            else { return nil }
        }
        return id >= 0 ? HDF5Handle(id, close: { H5Tclose($0) }) : nil
    }

    /// The type of an identifier from a file; nil for types this library does not read (compounds, enumerations, references,
    /// unusual floats).
    init?(identifier id: hid_t) {
        let size = H5Tget_size(id)
        switch H5Tget_class(id) {
        case H5T_INTEGER:
            let signed = H5Tget_sign(id) == H5T_SGN_2
            guard H5Tget_precision(id) == size * 8 else { return nil }
            switch (size, signed) {
            case (1, true): self = .int8
            case (2, true): self = .int16
            case (4, true): self = .int32
            case (8, true): self = .int64
            case (1, false): self = .uint8
            case (2, false): self = .uint16
            case (4, false): self = .uint32
            case (8, false): self = .uint64
            default: return nil
            }
        case H5T_FLOAT:
            var sign = 0
            var exponent = 0
            var exponentSize = 0
            var mantissa = 0
            var mantissaSize = 0
            guard H5Tget_fields(id, &sign, &exponent, &exponentSize, &mantissa, &mantissaSize) >= 0 else { return nil }
            switch (size, exponentSize, mantissaSize, H5Tget_ebias(id)) {
            case (2, 5, 10, 15): self = .float16
            case (4, 8, 23, 127): self = .float32
            case (8, 11, 52, 1023): self = .float64
            default: return nil
            }
        case H5T_STRING:
            let variable = H5Tis_variable_str(id)
            guard variable >= 0 else { return nil }
            if variable > 0 {
                self = .variableText
            } else {
                guard size > 0 else { return nil }
                self = .text(bytes: size)
            }
        default:
            return nil
        }
    }
}
