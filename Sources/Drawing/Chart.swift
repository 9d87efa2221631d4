/// Lines, points, bars and bands over common axes, as SVG that is readable on light and dark backgrounds.
public struct Chart: Sendable {
    /// How a series is drawn.
    public enum Mark: Hashable, Sendable {
        case line
        case dashedLine
        case dots
        /// Bars from 0, as wide as the smallest distance between neighbours.
        case bars
        /// Full-height bands from each point to the next; the value is ignored.
        case shading
    }

    /// Numbers that belong together.
    public struct Series: Sendable {
        public var name: String
        public var mark: Mark
        /// By ascending x. A `nil` value interrupts a line, and ends a shading.
        public var points: [(x: Double, y: Double?)]

        public init(_ name: String, _ mark: Mark = .line, _ points: [(x: Double, y: Double?)]) {
            self.name = name
            self.mark = mark
            self.points = points
        }
    }

    public var title: String
    public var x: Axis
    public var y: Axis
    public var series: [Series]
    /// Labelled vertical lines.
    public var rules: [(x: Double, label: String)] = []

    public init(title: String, x: Axis, y: Axis, series: [Series]) {
        self.title = title
        self.x = x
        self.y = y
        self.series = series
    }

    /// The picture, 760 by 400 units. Without data, it says that there is nothing to draw.
    public var svg: String {
        let (width, height, left, right, top, bottom) = (760.0, 400.0, 78.0, 20.0, 34.0, 74.0)
        var canvas = Canvas(width: width, height: height, title: title)
        let places = series.flatMap { $0.points.map(\.x) }.filter(\.isFinite)
        let values = series.filter { $0.mark != .shading }.flatMap { $0.points.compactMap(\.y) }.filter(\.isFinite)
        guard var low = values.min(), var high = values.max(), let first = places.min(), let last = places.max() else {
            canvas.text(width / 2, height / 2, "nothing to draw", anchor: "middle")
            return canvas.svg
        }
        if y.includesZero || series.contains(where: { $0.mark == .bars }) { (low, high) = (min(0, low), max(0, high)) }
        if low == high { (low, high) = (low - max(1, abs(low)) / 10, high + max(1, abs(high)) / 10) }
        let pad = (high - low) * 0.04
        low -= low == 0 ? 0 : pad
        high += high == 0 ? 0 : pad
        // Bars need half their width at both ends.
        let half = series.filter { $0.mark == .bars }.map { Self.barWidth($0) / 2 }.max() ?? 0
        let (start, end) = (first - half, last + half > first - half ? last + half : first + 1)
        func px(_ value: Double) -> Double { left + (value - start) / (end - start) * (width - left - right) }
        func py(_ value: Double) -> Double { top + (high - value) / (high - low) * (height - top - bottom) }
        drawShadings(&canvas, px, top: top, height: height - top - bottom)
        for tick in y.ticks(low, high, count: 6) {
            canvas.line(left, py(tick.value), width - right, py(tick.value))
            canvas.text(left - 6, py(tick.value) + 4, tick.text, anchor: "end")
        }
        for tick in x.ticks(start, end, count: x.format == .days ? 6 : 8) {
            canvas.line(px(tick.value), height - bottom, px(tick.value), height - bottom + 5, style: "axis")
            canvas.text(px(tick.value), height - bottom + 19, tick.text, anchor: "middle")
        }
        if low < 0, high > 0 { canvas.line(left, py(0), width - right, py(0), style: "axis") }
        canvas.line(left, height - bottom, width - right, height - bottom, style: "axis")
        canvas.line(left, top, left, height - bottom, style: "axis")
        canvas.text((left + width - right) / 2, height - bottom + 37, x.label, anchor: "middle")
        canvas.text(16, (top + height - bottom) / 2, y.label, anchor: "middle", turned: true)
        for (color, one) in series.enumerated() { draw(one, color, &canvas, px, py) }
        // Place the labels of neighbouring lines below each other.
        var labels: [(x: Double, level: Int)] = []
        for rule in rules.sorted(by: { $0.x < $1.x }) where rule.x >= start && rule.x <= end {
            canvas.line(px(rule.x), top, px(rule.x), height - bottom, style: "axis", dashed: true)
            let isLate = px(rule.x) > width * 0.8
            let near = labels.filter { px(rule.x) - $0.x < 90 }.map(\.level)
            let level = (0...near.count).first { !near.contains($0) } ?? 0
            if !rule.label.isEmpty { labels.append((px(rule.x), level)) }
            canvas.text(
                px(rule.x) + (isLate ? -4 : 4), top + 12 + 13 * Double(level), rule.label, size: 11, anchor: isLate ? "end" : "start")
        }
        var place = left
        for (color, one) in series.enumerated() where !one.name.isEmpty {
            canvas.bar(place, height - 20, 12, 10, color: color, opacity: one.mark == .shading ? 0.2 : 0.9)
            canvas.text(place + 17, height - 11, one.name)
            place += 34 + 6.6 * Double(one.name.count)
        }
        return canvas.svg
    }

    private func drawShadings(_ canvas: inout Canvas, _ px: (Double) -> Double, top: Double, height: Double) {
        for (color, one) in series.enumerated() where one.mark == .shading {
            for (point, next) in zip(one.points, one.points.dropFirst()) where point.y != nil {
                canvas.bar(px(point.x), top, px(next.x) - px(point.x), height, color: color, opacity: 0.2)
            }
        }
    }

    private func draw(_ one: Series, _ color: Int, _ canvas: inout Canvas, _ px: (Double) -> Double, _ py: (Double) -> Double) {
        func tip(_ point: (x: Double, y: Double)) -> String { "\(x.text(point.x)): \(y.text(point.y))" }
        let known = one.points.compactMap { point in point.y.flatMap { $0.isFinite ? (x: point.x, y: $0) : nil } }
        switch one.mark {
        case .line, .dashedLine:
            var run: [(x: Double, y: Double)] = []
            for point in one.points {
                if let value = point.y, value.isFinite {
                    run.append((px(point.x), py(value)))
                } else {
                    if run.count > 1 { canvas.polyline(run, color: color, dashed: one.mark == .dashedLine) }
                    run = []
                }
            }
            if run.count > 1 { canvas.polyline(run, color: color, dashed: one.mark == .dashedLine) }
        case .dots: for point in known { canvas.dot(px(point.x), py(point.y), color: color, tip: tip(point)) }
        case .bars:
            let width = Self.barWidth(one)
            for point in known {
                let (from, to) = (px(point.x - width * 0.45), px(point.x + width * 0.45))
                canvas.bar(from, min(py(point.y), py(0)), to - from, abs(py(point.y) - py(0)), color: color, tip: tip(point))
            }
        case .shading: break
        }
    }

    private static func barWidth(_ one: Series) -> Double {
        zip(one.points, one.points.dropFirst()).map { $1.x - $0.x }.filter { $0 > 0 }.min() ?? 1
    }
}
