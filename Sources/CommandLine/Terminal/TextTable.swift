/// A table of text with aligned columns, for people.
struct TextTable {
    enum Alignment { case left, right }

    private let header: [(title: String, alignment: Alignment)]
    private var rows: [(cells: [String], note: String)] = []
    /// Titles of columns to omit in a narrow terminal, in that order.
    private let expendable: [String]

    init(_ header: [(String, Alignment)], expendable: [String] = []) {
        self.header = header.map { (title: $0.0, alignment: $0.1) }
        self.expendable = expendable
    }

    /// - Parameter note: printed on a line of its own below the row.
    mutating func add(_ row: [String], note: String = "") { rows.append((row.map(Terminal.visible), Terminal.visible(note))) }

    /// The lines, header first.
    /// - Parameter width: columns of the terminal; unlimited if `nil`.
    func lines(width: Int? = Terminal.outputWidth) -> [String] {
        var shown = Array(header.indices)
        let widths = header.indices.map { column in
            max(header[column].title.count, rows.map { $0.cells[column].count }.max() ?? 0)
        }
        func total() -> Int { shown.reduce(0) { $0 + widths[$1] } + 2 * max(0, shown.count - 1) }
        var left: [String] = []
        if let width {
            for title in expendable where total() > width {
                shown.removeAll { header[$0].title == title }
                left.append(title)
            }
        }
        func line(_ cells: [String]) -> String {
            let padded = shown.map { column in
                let padding = String(repeating: " ", count: widths[column] - cells[column].count)
                return header[column].alignment == .left ? cells[column] + padding : padding + cells[column]
            }
            var text = padded.joined(separator: "  ")
            while text.last == " " { text.removeLast() }
            return width.map { Self.cut(text, to: $0) } ?? text
        }
        var lines = [Terminal.bold(line(header.map(\.title)))]
        for row in rows {
            lines.append(line(row.cells))
            if !row.note.isEmpty { lines += Terminal.lines(row.note, width: width, indent: 4).map(Terminal.dim) }
        }
        if !left.isEmpty {
            lines.append(Terminal.dim("Not shown in \(width ?? 0) columns: \(left.joined(separator: ", "))"))
        }
        return lines
    }

    func print() { for line in lines() { Swift.print(line) } }

    private static func cut(_ text: String, to width: Int) -> String {
        text.count > width ? text.prefix(max(0, width - 1)) + "…" : text
    }
}
