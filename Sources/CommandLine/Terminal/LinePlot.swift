import Base

/// A line plot over time, as self-contained SVG.
struct LinePlot {
    struct Panel {
        var title: String
        /// A value for each label; `nil` leaves a gap.
        var lines: [(name: String, values: [Double?])]
    }

    var title: String
    /// Along the horizontal axis; the first and the last are printed.
    var labels: [String]
    var panels: [Panel]

    private static let colors = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd"]
    private static let (width, panelHeight, margin) = (900.0, 220.0, 60.0)

    var svg: String {
        let height = Self.margin + Double(panels.count) * (Self.panelHeight + 50)
        var parts = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Int(Self.width)) \(Int(height))\" font-family=\"sans-serif\" font-size=\"12\">",
            "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>", text(Self.margin, 24, title, "font-size=\"16\""),
        ]
        for (index, panel) in panels.enumerated() { parts += draw(panel, top: Self.margin + Double(index) * (Self.panelHeight + 50)) }
        return (parts + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private func draw(_ panel: Panel, top: Double) -> [String] {
        let values = panel.lines.flatMap { $0.values.compactMap(\.self) }
        let (low, high) = (values.min() ?? 0, values.max() ?? 1)
        let span = high > low ? high - low : 1
        let right = Self.width - Self.margin
        func x(_ index: Int) -> Double { Self.margin + (right - Self.margin) * Double(index) / Double(max(1, labels.count - 1)) }
        func y(_ value: Double) -> Double { top + Self.panelHeight - Self.panelHeight * (value - low) / span }
        var parts = [
            text(Self.margin, top - 8, panel.title),
            "<rect x=\"\(Self.margin)\" y=\"\(top)\" width=\"\(right - Self.margin)\" height=\"\(Self.panelHeight)\" fill=\"none\" stroke=\"#ccc\"/>",
            text(Self.margin - 6, top + 10, short(high), "text-anchor=\"end\""),
            text(Self.margin - 6, top + Self.panelHeight, short(low), "text-anchor=\"end\""),
            text(Self.margin, top + Self.panelHeight + 16, labels.first ?? ""),
            text(right, top + Self.panelHeight + 16, labels.last ?? "", "text-anchor=\"end\""),
        ]
        for (number, line) in panel.lines.enumerated() {
            let color = Self.colors[number % Self.colors.count]
            var path = ""
            var isDown = false
            for (index, value) in line.values.enumerated() {
                guard let value else {
                    isDown = false
                    continue
                }
                path += "\(isDown ? "L" : "M")\(tenths(x(index))) \(tenths(y(value)))"
                isDown = true
            }
            if !path.isEmpty { parts.append("<path d=\"\(path)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"1.5\"/>") }
            parts.append(text(right - 90 * Double(panel.lines.count - number), top - 8, line.name, "fill=\"\(color)\""))
        }
        return parts
    }

    private func text(_ x: Double, _ y: Double, _ text: String, _ attributes: String = "") -> String {
        "<text x=\"\(tenths(x))\" y=\"\(tenths(y))\" \(attributes)>\(text.escapedForMarkup)</text>"
    }

    private func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

    private func short(_ value: Double) -> String { abs(value) < 10 ? "\((value * 1000).rounded() / 1000)" : "\((value * 100).rounded() / 100)" }
}
