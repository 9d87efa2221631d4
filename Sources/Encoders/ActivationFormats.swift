import CKernels

/// Element types of the activations between the layers, for a precision on this processor.
struct ActivationFormats: Sendable {
    /// What matrix products read.
    let operand: Rows.Element
    /// Queries, keys and values.
    let attention: Rows.Element
    /// Attention's result.
    let context: Rows.Element

    init(precision: Precision, headSize: Int) {
        let short = tk_attention_takes_bf16(headSize) != 0 ? Rows.Element.bf16 : .f32
        switch precision {
        case .f32: (operand, attention, context) = (.f32, .f32, .f32)
        case .bf16: (operand, attention, context) = (.bf16, short, .bf16)
        case .int8: (operand, attention, context) = (.u8, short, .f32)
        }
    }
}
