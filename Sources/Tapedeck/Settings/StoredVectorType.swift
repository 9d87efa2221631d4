/// The number type of stored vectors.
package enum StoredVectorType: String, CaseIterable, Sendable { case f16, f32 }
