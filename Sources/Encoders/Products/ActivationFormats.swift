internal import Base
import CKernels

/// Element types of the activations between the layers, for a precision on this processor.
struct ActivationFormats: Sendable {
    /// How matrix products are made.
    let product: MatrixProduct.Operand
    /// What they read.
    let operand: ActivationMatrix.Element
    /// Queries, keys and values.
    let attention: ActivationMatrix.Element
    /// Attention's result.
    let context: ActivationMatrix.Element

    init(precision: Precision, headSize: Int) {
        switch precision {
        case .f32: (product, operand, attention, context) = (.f32, .f32, .f32, .f32)
        // Where the processor has no bfloat16 products, bfloat16 weights are multiplied as floats: slower, and no less exact.
        case .bf16 where !InstructionSet.current.hasBFloat16Products:
            (product, operand, attention, context) = (.f32, .f32, .f32, .f32)
        case .bf16:
            (product, operand, attention, context) = (.bf16, .bf16, tk_attention_takes_bf16(headSize) != 0 ? .bf16 : .f32, .bf16)
        // Attention stays in floats: bfloat16 instructions round as no other processor does.
        case .int8, .int8Smooth: (product, operand, attention, context) = (.int8, .u8, .f32, .f32)
        }
    }
}
