import ModelFiles

/// Turns windows of feature rows into vectors: what a stock model does.
///
/// The vector of a window depends on the window alone, bit for bit: not on what else is in the batch, nor on threads.
public protocol WindowEncoding: Sendable {
    /// Numbers a vector.
    var dimension: Int { get }
    /// Numbers a feature row.
    var features: Int { get }
    /// The longest window that the model has positions for.
    var maxRows: Int { get }
    /// What tells vectors of this model in this precision from any other's.
    func fingerprint() throws -> StockModelFingerprint
    /// - Returns: windows x `dimension`, row-major, as the model gives them (not normalised).
    /// - Throws: `EncoderError` for windows of another width or longer than the model's positions.
    func encode(_ windows: WindowBatch) async throws -> [Float]
}
