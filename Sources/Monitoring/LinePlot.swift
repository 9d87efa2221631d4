import Foundation

/// A line plot over time: SVG for browsers, bars of characters elsewhere.
package struct LinePlot: Sendable {
    package var title: String
    /// Times in seconds and values, by ascending time.
    package var points: [(at: Double, value: Double)]
    /// Formats a value.
    package var format: @Sendable (Double) -> String

    package init(title: String, points: [(at: Double, value: Double)], format: @escaping @Sendable (Double) -> String) {
        self.title = title
        self.points = points
        self.format = format
    }

    private var highest: Double { points.map(\.value).max() ?? 0 }
    private var span: Double { max(points.last?.at ?? 0, 0.001) }

    package func svg(escaped: (String) -> String) -> String {
        let (width, height, margin) = (720.0, 180.0, 24.0)
        let line = points.map { point in
            let x = point.at / span * width
            let y = margin + (1 - (highest > 0 ? point.value / highest : 0)) * (height - 2 * margin)
            return "\(Numbers.fixed(x, 1)),\(Numbers.fixed(y, 1))"
        }
        let base = Numbers.fixed(height - margin, 1)
        return """
            <svg viewBox="0 0 \(Int(width)) \(Int(height))" role="img" aria-label="\(escaped(title))">
            <text x="0" y="14" font-size="13" fill="currentColor">\(escaped(title)), at most \(escaped(format(highest)))</text>
            <line x1="0" y1="\(base)" x2="\(Int(width))" y2="\(base)" stroke="#9aa3b2"/>
            <polyline fill="none" stroke="#2563c9" stroke-width="1.5" points="\(line.joined(separator: " "))"/>
            <text x="\(Int(width))" y="\(Int(height) - 6)" font-size="12" text-anchor="end" fill="currentColor">\(escaped(Numbers.duration(span)))</text>
            </svg>
            """
    }

    /// Sixty columns of bars with eight levels.
    package var text: String {
        let columns = 60
        var sums = [Double](repeating: 0, count: columns)
        var counts = [Int](repeating: 0, count: columns)
        for point in points {
            let column = min(columns - 1, Int(point.at / span * Double(columns)))
            sums[column] += point.value
            counts[column] += 1
        }
        let levels = Array(" ▁▂▃▄▅▆▇█")
        var last = 0.0
        let bars = (0..<columns).map { column in
            // A column without points repeats the previous one.
            if counts[column] > 0 { last = sums[column] / Double(counts[column]) }
            return levels[highest > 0 ? max(0, min(8, Int((last / highest * 8).rounded()))) : 0]
        }
        return "\(title), at most \(format(highest)), over \(Numbers.duration(span))\n\(String(bars))"
    }
}
