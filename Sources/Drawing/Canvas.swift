import Base
import Foundation

/// SVG text. Colours are attributes for light backgrounds; a style sheet changes them for readers that prefer dark ones.
struct Canvas {
    static let colors = ["#1f5fa8", "#c0392b", "#2e8b57", "#8e44ad", "#b7791f", "#5f6b7a"]
    private static let darkColors = ["#6cb0ff", "#ff8a7a", "#6fd39b", "#cf9bf0", "#f0b95b", "#aab4c3"]

    private var body = ""
    private let width: Double
    private let height: Double
    private let title: String

    init(width: Double, height: Double, title: String) {
        (self.width, self.height, self.title) = (width, height, title)
        rectangle(0, 0, width, height, fill: "#ffffff", style: "paper")
        text(width / 2, 20, title, size: 15, anchor: "middle")
    }

    private static func fixed(_ value: Double) -> String { String(format: "%.1f", value) }

    mutating func text(
        _ x: Double, _ y: Double, _ text: String, size: Int = 12, anchor: String = "start", turned: Bool = false, style: String = "ink"
    ) {
        let turn = turned ? " transform=\"rotate(-90 \(Self.fixed(x)) \(Self.fixed(y)))\"" : ""
        let color = Self.place(style).map { Self.colors[$0] } ?? "#222222"
        body +=
            "<text class=\"\(style)\" x=\"\(Self.fixed(x))\" y=\"\(Self.fixed(y))\" font-size=\"\(size)\" text-anchor=\"\(anchor)\" fill=\"\(color)\"\(turn)>\(text.escapedForMarkup)</text>\n"
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, style: String = "grid", dashed: Bool = false) {
        let color = style == "grid" ? "#e3e6ea" : "#8a93a0"
        body +=
            "<line class=\"\(style)\" x1=\"\(Self.fixed(x1))\" y1=\"\(Self.fixed(y1))\" x2=\"\(Self.fixed(x2))\" y2=\"\(Self.fixed(y2))\" stroke=\"\(color)\"\(dashed ? " stroke-dasharray=\"4 3\"" : "")/>\n"
    }

    mutating func polyline(_ points: [(x: Double, y: Double)], color: Int, dashed: Bool = false) {
        let place = color % Self.colors.count
        let list = points.map { "\(Self.fixed($0.x)),\(Self.fixed($0.y))" }.joined(separator: " ")
        body +=
            "<polyline class=\"line\(place)\" fill=\"none\" stroke=\"\(Self.colors[place])\" stroke-width=\"1.8\"\(dashed ? " stroke-dasharray=\"6 4\"" : "") points=\"\(list)\"/>\n"
    }

    mutating func dot(_ x: Double, _ y: Double, color: Int, tip: String) {
        let place = color % Self.colors.count
        body +=
            "<circle class=\"fill\(place)\" cx=\"\(Self.fixed(x))\" cy=\"\(Self.fixed(y))\" r=\"2.5\" fill=\"\(Self.colors[place])\"><title>\(tip.escapedForMarkup)</title></circle>\n"
    }

    mutating func bar(_ x: Double, _ y: Double, _ width: Double, _ height: Double, color: Int, opacity: Double = 0.8, tip: String = "") {
        let place = color % Self.colors.count
        body +=
            "<rect class=\"fill\(place)\" x=\"\(Self.fixed(x))\" y=\"\(Self.fixed(y))\" width=\"\(Self.fixed(max(0.5, width)))\" height=\"\(Self.fixed(max(0, height)))\" fill=\"\(Self.colors[place])\" fill-opacity=\"\(String(format: "%.2f", opacity))\">"
            + (tip.isEmpty ? "" : "<title>\(tip.escapedForMarkup)</title>") + "</rect>\n"
    }

    mutating func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double, fill: String, style: String = "") {
        body +=
            "<rect\(style.isEmpty ? "" : " class=\"\(style)\"") x=\"\(Self.fixed(x))\" y=\"\(Self.fixed(y))\" width=\"\(Self.fixed(width))\" height=\"\(Self.fixed(height))\" fill=\"\(fill)\"/>\n"
    }

    private static func place(_ style: String) -> Int? { style.hasPrefix("fill") ? Int(style.dropFirst(4)) : nil }

    var svg: String {
        var dark = ".paper{fill:#15181c}.ink{fill:#e6e9ee}.grid{stroke:#333a44}.axis{stroke:#7d8794}"
        for (place, color) in Self.darkColors.enumerated() { dark += ".line\(place){stroke:\(color)}.fill\(place){fill:\(color)}" }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) \(Int(height))" width="\(Int(width))" height="\(Int(height))" font-family="system-ui, sans-serif" role="img" aria-label="\(title.escapedForMarkup)">
            <style>@media (prefers-color-scheme: dark){\(dark)}</style>
            \(body)</svg>

            """
    }
}
