// Undoes encoder_vector.h's names before it is included for the next instruction set.
#undef f32x16
#undef i32x16
#undef u32x16
#undef u16x16
#undef u8x16
#undef TK_INLINE
