import Drawing
import Foundation
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite struct ChartTests {
    private func isXML(_ text: String) -> Bool { XMLParser(data: Data(text.utf8)).parse() }

    @Test func chartsAreWellFormedAndLabelled() {
        var chart = Chart(
            title: "A < B & \"C\"", x: Axis("session", .days), y: Axis("return, %", .percent),
            series: [
                Chart.Series("line <1>", .line, [(16_000, 0.1), (16_010, nil), (16_020, 0.3), (16_030, -0.2)]),
                Chart.Series("bars", .bars, [(16_000, 0.05), (16_010, -0.1)]), Chart.Series("dots", .dots, [(16_005, .nan), (16_007, 0.2)]),
                Chart.Series("shade", .shading, [(16_000, 1), (16_010, nil), (16_030, 1)]),
            ])
        chart.rules = [(16_015, "split"), (99_999, "outside")]
        let svg = chart.svg
        #expect(isXML(svg))
        for text in [
            "A &lt; B &amp; &quot;C&quot;", "session", "return, %", "2013-10-22", "10 %", "split", "line &lt;1&gt;", "prefers-color-scheme: dark",
        ] {
            #expect(svg.contains(text), "\(text)")
        }
        #expect(!svg.contains("nan") && !svg.contains("inf") && !svg.contains("outside"))
    }

    @Test func anEmptyChartIsReported() {
        let none = Chart(title: "t", x: Axis("x"), y: Axis("y"), series: [Chart.Series("a", .line, [(1, nil)])])
        #expect(none.svg.contains("nothing to draw") && isXML(none.svg))
        let one = Chart(title: "t", x: Axis("x"), y: Axis("y", .dollars), series: [Chart.Series("a", .dots, [(1, 5)])])
        #expect(isXML(one.svg) && !one.svg.contains("nan"))
    }

    @Test func ticksAreRound() {
        func chart(_ high: Double, _ format: Axis.Format) -> String {
            Chart(title: "t", x: Axis("x"), y: Axis("y", format), series: [Chart.Series("", .line, [(0, 0), (1, high)])]).svg
        }
        #expect(chart(12_345, .dollars).contains(">$10,000<"))
        #expect(chart(0.0123, .percent).contains(">0.2 %<") || chart(0.0123, .percent).contains(">0.5 %<"))
        #expect(chart(-3, .dollars).contains(">−$1<") || chart(-3, .dollars).contains(">−$1.0<") || chart(-3, .dollars).contains(">−$0.5<"))
        #expect(chart(7e-5, .number).contains("0.00002"))
    }

    @Test func heatMapsShowEveryNumber() {
        let map = HeatMap(
            title: "P&L", rowLabel: "volatility", columnLabel: "move", rows: ["−20 %", "+20 %"], columns: ["−1", "0", "+1"],
            values: [[-1234.5, 0, 12.34], [.nan, 5, 1]], format: .dollars)
        #expect(isXML(map.svg))
        for text in ["−$1,234", "$0.00", "$12.34", ">–<", "volatility", "move"] { #expect(map.svg.contains(text), "\(text)") }
    }
}
