import Foundation

/// Numbers by row and column, coloured by sign and size, with the numbers in the cells.
public struct HeatMap: Sendable {
    public var title: String
    /// What rows and columns are.
    public var rowLabel: String
    public var columnLabel: String
    public var rows: [String]
    public var columns: [String]
    /// By row, then column; NaN where unknown.
    public var values: [[Double]]
    public var format: Axis.Format

    public init(
        title: String, rowLabel: String, columnLabel: String, rows: [String], columns: [String], values: [[Double]], format: Axis.Format = .number
    ) {
        self.title = title
        self.rowLabel = rowLabel
        self.columnLabel = columnLabel
        self.rows = rows
        self.columns = columns
        self.values = values
        self.format = format
    }

    /// The picture: gains blue, losses red, the largest opaque.
    public var svg: String {
        let (left, top, cell, line) = (120.0, 62.0, 88.0, 42.0)
        let width = max(360, left + cell * Double(columns.count) + 20)
        let height = top + line * Double(rows.count) + 40
        var canvas = Canvas(width: width, height: height, title: title)
        let axis = Axis("", format)
        let largest = values.joined().filter(\.isFinite).map { abs($0) }.max() ?? 0
        for (column, name) in columns.enumerated() { canvas.text(left + cell * (Double(column) + 0.5), top - 8, name, anchor: "middle") }
        for (row, name) in rows.enumerated() {
            let y = top + line * Double(row)
            canvas.text(left - 8, y + line / 2 + 4, name, anchor: "end")
            for (column, value) in values[row].enumerated() {
                let x = left + cell * Double(column)
                if value.isFinite, largest > 0 {
                    // At 60 % of a colour, numbers stay readable.
                    canvas.bar(x + 1, y + 1, cell - 2, line - 2, color: value < 0 ? 1 : 0, opacity: 0.6 * abs(value) / largest)
                }
                canvas.text(x + cell / 2, y + line / 2 + 4, value.isFinite ? axis.text(value) : "–", anchor: "middle")
            }
        }
        canvas.text(left + cell * Double(columns.count) / 2, height - 12, columnLabel, anchor: "middle")
        canvas.text(16, top + line * Double(rows.count) / 2, rowLabel, anchor: "middle", turned: true)
        return canvas.svg
    }
}
