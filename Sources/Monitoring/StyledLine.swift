/// A terminal line of spans with styles, for terminals that support them.
package struct StyledLine: Hashable, Sendable {
    package enum Style: Sendable { case plain, strong, faint, alarm }

    package struct Span: Hashable, Sendable {
        package var text: String
        package var style: Style
    }

    package var spans: [Span]

    package init(_ text: String = "", _ style: Style = .plain) { spans = text.isEmpty ? [] : [Span(text: text, style: style)] }

    package static func + (line: StyledLine, other: StyledLine) -> StyledLine {
        var line = line
        line.spans += other.spans
        return line
    }

    /// The text without styles.
    package var text: String { spans.map(\.text).joined() }

    /// The line, truncated to `width` characters with an ellipsis.
    func fitted(_ width: Int) -> StyledLine {
        guard text.count > width else { return self }
        var left = max(0, width - 1)
        var line = StyledLine()
        for span in spans where left > 0 {
            line.spans.append(Span(text: String(span.text.prefix(left)), style: span.style))
            left -= span.text.count
        }
        return width > 0 ? line + StyledLine("…", .faint) : line
    }

    /// Joins the pieces that fit into `width`, separated by two spaces. The first piece is always included; the others
    /// follow in order, whole or not at all.
    static func row(_ pieces: [StyledLine], width: Int) -> StyledLine {
        var line = pieces.first ?? StyledLine()
        for piece in pieces.dropFirst() where !piece.text.isEmpty {
            if line.text.count + 2 + piece.text.count <= width { line = line + StyledLine("  ") + piece }
        }
        return line.fitted(width)
    }

    /// A bar of `width` characters, filled in proportion to `share`.
    package static func bar(_ share: Double, width: Int) -> StyledLine {
        let filled = max(0, min(width, Int(share * Double(width))))
        return StyledLine(String(repeating: "█", count: filled))
            + StyledLine(String(repeating: "░", count: width - filled), .faint)
    }
}
