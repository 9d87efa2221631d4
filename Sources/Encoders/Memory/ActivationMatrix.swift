import CKernels

/// A matrix of token rows, in the element type that the next product reads.
struct ActivationMatrix {
    enum Element {
        case f32, bf16
        /// Quantised by row, each with a scale and a zero point.
        case u8

        var byteCount: Int {
            switch self {
            case .f32: 4
            case .bf16: 2
            case .u8: 1
            }
        }

        var kernelElement: Int32 {
            switch self {
            case .f32: Int32(TK_F32.rawValue)
            case .bf16: Int32(TK_BF16.rawValue)
            case .u8: Int32(TK_U8.rawValue)
            }
        }
    }

    let element: Element
    let columns: Int
    let values: UnsafeMutableRawPointer
    /// One per row, for element types that need them.
    let scale: UnsafeMutablePointer<Float>?
    let zeroPoint: UnsafeMutablePointer<Int32>?

    /// The matrix starting at row `row`.
    func from(_ row: Int) -> ActivationMatrix {
        ActivationMatrix(
            element: element, columns: columns, values: values + row * columns * element.byteCount,
            scale: scale.map { $0 + row }, zeroPoint: zeroPoint.map { $0 + row })
    }

    /// The matrix as a kernel's output.
    var out: tk_rows_out {
        tk_rows_out(element: element.kernelElement, values: values, scale: scale, zero_point: zeroPoint)
    }
}

/// Owns the memory of an `ActivationMatrix`.
final class ActivationBuffer: @unchecked Sendable {
    private let values: AlignedBuffer<UInt8>
    private let scale: AlignedBuffer<Float>?
    private let zeroPoint: AlignedBuffer<Int32>?
    let rows: ActivationMatrix

    var byteCount: Int { values.byteCount + (scale?.byteCount ?? 0) + (zeroPoint?.byteCount ?? 0) }

    init(_ element: ActivationMatrix.Element, rows count: Int, columns: Int) {
        values = AlignedBuffer(count: count * columns * element.byteCount)
        scale = element == .u8 ? AlignedBuffer(count: count) : nil
        zeroPoint = element == .u8 ? AlignedBuffer(count: count) : nil
        rows = ActivationMatrix(
            element: element, columns: columns, values: values.pointer, scale: scale?.pointer,
            zeroPoint: zeroPoint?.pointer)
    }
}

extension ActivationMatrix {
    /// The matrix as a kernel's second output, besides float rows in place; no output if the next product reads float rows.
    var copyOut: tk_rows_out { element == .f32 ? Self.nowhere : out }

    /// No second output.
    static var nowhere: tk_rows_out {
        tk_rows_out(element: Element.f32.kernelElement, values: nil, scale: nil, zero_point: nil)
    }
}
