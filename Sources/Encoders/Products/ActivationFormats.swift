import Base
import CKernels

/// Element types of the activations between layers, for a precision on this processor.
struct ActivationFormats: Sendable {
    /// Operand format of the matrix products.
    let product: MatrixProduct.Operand
    /// Element type that the products read.
    let operand: ActivationMatrix.Element
    /// Element type of queries, keys and values.
    let attention: ActivationMatrix.Element
    /// Element type of attention's output.
    let context: ActivationMatrix.Element

    init(precision: Precision, headSize: Int) {
        switch precision {
        case .f32: (product, operand, attention, context) = (.f32, .f32, .f32, .f32)
        // Without bfloat16 products, bfloat16 weights are multiplied as floats: slower, but just as exact.
        case .bf16 where !InstructionSet.current.hasBFloat16Products:
            (product, operand, attention, context) = (.f32, .f32, .f32, .f32)
        case .bf16:
            (product, operand, attention, context) = (.bf16, .bf16, tk_attention_takes_bf16(headSize) != 0 ? .bf16 : .f32, .bf16)
        // Attention stays in floats: bfloat16 instructions round unlike other processors.
        case .int8, .int8Smooth: (product, operand, attention, context) = (.int8, .u8, .f32, .f32)
        }
    }
}
