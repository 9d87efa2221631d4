/// Windows of feature rows, all of one length: what a stock model reads at a time.
public struct WindowBatch: Sendable {
    /// Numbers a row.
    public let features: Int
    /// Rows a window, oldest first.
    public let rows: Int
    /// Windows x rows x features, row-major. Values that are not finite are for the model to clean.
    public private(set) var values: [Float] = []

    public init(features: Int, rows: Int) {
        self.features = features
        self.rows = rows
    }

    /// How many windows there are.
    public var count: Int { rows * features == 0 ? 0 : values.count / (rows * features) }

    /// Adds a window.
    /// - Parameter window: `rows` x `features` numbers; anything else is refused with `false`.
    @discardableResult
    public mutating func append(_ window: some Collection<Float>) -> Bool {
        guard window.count == rows * features else { return false }
        values.append(contentsOf: window)
        return true
    }
}
