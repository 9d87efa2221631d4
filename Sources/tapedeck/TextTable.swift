/// A table of text with aligned columns, for people.
struct TextTable {
    enum Alignment { case left, right }

    private var header: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    init(_ header: [(String, Alignment)]) { self.header = header.map { (title: $0.0, alignment: $0.1) } }

    mutating func add(_ row: [String]) { rows.append(row) }

    /// The lines, header first.
    var lines: [String] {
        let widths = header.indices.map { column in
            max(header[column].title.count, rows.map { $0[column].count }.max() ?? 0)
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - cells[column].count)
                return header[column].alignment == .left ? cells[column] + padding : padding + cells[column]
            }
            var text = padded.joined(separator: "  ")
            while text.last == " " { text.removeLast() }
            return text
        }
        return [Terminal.bold(line(header.map(\.title)))] + rows.map(line)
    }
}
