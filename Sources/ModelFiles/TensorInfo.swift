/// Header entry of a tensor in a safetensors file.
public struct TensorInfo: Equatable, Sendable {
    /// Element types of the safetensors format.
    public enum ElementType: String, Sendable, CaseIterable {
        case bool = "BOOL"
        case u8 = "U8"
        case i8 = "I8"
        case f8e5m2 = "F8_E5M2"
        case f8e4m3 = "F8_E4M3"
        case i16 = "I16"
        case u16 = "U16"
        case f16 = "F16"
        case bf16 = "BF16"
        case i32 = "I32"
        case u32 = "U32"
        case f32 = "F32"
        case i64 = "I64"
        case u64 = "U64"
        case f64 = "F64"

        /// Size of one element, in bytes.
        public var byteCount: Int {
            switch self {
            case .bool, .u8, .i8, .f8e5m2, .f8e4m3: 1
            case .i16, .u16, .f16, .bf16: 2
            case .i32, .u32, .f32: 4
            case .i64, .u64, .f64: 8
            }
        }
    }

    /// Type of the elements.
    public let elementType: ElementType
    /// Extents, outermost first; row-major. Empty for a scalar.
    public let shape: [Int]
    /// Byte range from the start of the file; it is inside the file and does not overlap any other tensor's.
    public let byteRange: Range<Int>

    /// Product of the extents.
    public var elementCount: Int { byteRange.count / elementType.byteCount }
}
