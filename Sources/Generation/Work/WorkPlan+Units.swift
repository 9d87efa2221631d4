package import MarketData

extension WorkPlan {
    /// Cuts inputs into units of about `unitSize` bytes. Towards the end units become smaller, down to an eighth, so that the last
    /// ones are short and no worker waits long for another.
    ///
    /// The size of a unit is a 32nd of what is left, within those bounds: guided self-scheduling (Polychronopoulos and Kuck,
    /// 1987), for up to 32 workers.
    /// - Parameter inputs: by year and kind, in the order of a single run; `bytes` is the approximate text of an input.
    package static func units(
        of inputs: [(year: Int, kind: RowKind, inputs: [(key: String, bytes: Int)])], unitSize: Int
    ) -> [Unit] {
        var left = inputs.reduce(0) { $0 + $1.inputs.reduce(0) { $0 + $1.bytes } }
        var units: [Unit] = []
        for (year, kind, inputs) in inputs {
            var unit: Unit?
            func close() {
                guard let closed = unit else { return }
                units.append(closed)
                left -= closed.bytes
                unit = nil
            }
            for input in inputs {
                let limit = max(unitSize / 8, min(unitSize, left / 32), 1)
                // Prefer a slightly smaller unit to one that is a file too large.
                if let open = unit, open.bytes + input.bytes / 2 > limit { close() }
                unit = unit ?? Unit(number: units.count, year: year, kind: kind, keys: [], bytes: 0)
                unit?.keys.append(input.key)
                unit?.bytes += input.bytes
            }
            close()
        }
        return units
    }

    /// Approximate bytes of a stock bar in a source file.
    static let barBytes = 50

    /// Approximate bytes of text of an option file; a compressed file is assumed to expand eightfold.
    static func textBytes(_ object: SourceInventory.Object) -> Int {
        object.key.lowercased().hasSuffix(".csv") ? object.size : 8 * object.size
    }
}
