public import ModelFiles

/// Encodes windows of feature rows to vectors, as a stock model does.
///
/// A window's vector depends only on the window, bit for bit, not on the rest of the batch or the number of threads.
public protocol WindowEncoding: Sendable {
    /// Numbers per vector.
    var dimension: Int { get }
    /// Numbers per feature row.
    var features: Int { get }
    /// Maximum rows per window: the number of positions of the model.
    var maxRows: Int { get }
    /// Identifies vectors of this model in this precision.
    /// - Throws: errors of reading the model's weights.
    func fingerprint() throws -> StockModelFingerprint
    /// Encodes a batch of windows.
    /// - Returns: windows x `dimension`, row-major, not normalised.
    /// - Throws: `EncoderError` for windows of another width, or longer than the model's positions.
    func encode(_ windows: WindowBatch) async throws -> [Float]
}
