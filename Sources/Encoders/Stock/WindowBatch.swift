/// A batch of windows of feature rows, all of one length, for a stock model.
public struct WindowBatch: Sendable {
    /// Numbers per row.
    public let features: Int
    /// Rows per window, oldest first.
    public let rows: Int
    /// Windows x rows x features, row-major. Values may be non-finite; the model cleans them.
    public private(set) var values: [Float] = []

    /// Creates an empty batch.
    public init(features: Int, rows: Int) {
        self.features = features
        self.rows = rows
    }

    /// Number of windows.
    public var count: Int { rows * features == 0 ? 0 : values.count / (rows * features) }

    /// Appends a window.
    /// - Parameter window: `rows` x `features` numbers.
    /// - Returns: `false` if the window has another size; it is not appended then.
    @discardableResult
    public mutating func append(_ window: some Collection<Float>) -> Bool {
        guard window.count == rows * features else { return false }
        values.append(contentsOf: window)
        return true
    }
}
