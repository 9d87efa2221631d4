public import Clusters
import Foundation

/// Clusters as a picture.
public enum ClusterPlot {
    /// An SVG with a circle for each centroid, placed by the two principal components of all centroids: its area shows the number of
    /// members, its colour their return.
    /// - Parameter table: a ranking; `nil` for circles of one colour.
    public static func svg(_ model: ClusterModel, table: ClusterRanking.Table? = nil) -> String {
        let width = model.spaceDimension
        var points = [(x: Double, y: Double)](repeating: (0, 0), count: model.count)
        if width > 2, model.count > 2 {
            let axes = Preparation.projection(model.centroids, dimension: width, components: 2, seed: 1)
            for cluster in 0..<model.count {
                for column in 0..<width {
                    let value = Double(model.centroids[cluster * width + column]) - axes.mean[column]
                    points[cluster].x += value * Double(axes.components[column])
                    points[cluster].y += value * Double(axes.components[width + column])
                }
            }
        } else {
            for cluster in 0..<model.count {
                points[cluster] = (Double(model.centroids[cluster * width]), width > 1 ? Double(model.centroids[cluster * width + 1]) : 0)
            }
        }
        var sizes = [Int](repeating: 0, count: model.count)
        for member in model.members { sizes[member.cluster] += 1 }
        let returns = Dictionary(uniqueKeysWithValues: (table?.scores ?? []).map { ($0.cluster_id, $0.mean_return) })
        let best = Set(table?.best ?? [])
        let largest = max(returns.values.map { abs($0) }.max() ?? 0, 1e-12), most = Double(max(sizes.max() ?? 1, 1))
        func place(_ value: Double, _ all: [Double]) -> Double {
            let low = all.min() ?? 0, span = (all.max() ?? 1) - low
            return span > 0 ? (value - low) / span : 0.5
        }
        let (xs, ys) = (points.map(\.x), points.map(\.y))
        var svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 800 600\" font-family=\"sans-serif\" font-size=\"12\">"
        svg += "<rect width=\"800\" height=\"600\" fill=\"white\"/>"
        let title = "\(model.count) clusters of \(model.members.count) windows" + (table.map { ", returns of \($0.horizon) sessions" } ?? "")
        svg += "<text x=\"20\" y=\"22\" font-size=\"15\">\(title)</text>"
        for cluster in (0..<model.count).sorted(by: { sizes[$0] != sizes[$1] ? sizes[$0] > sizes[$1] : $0 < $1 }) {
            let x = 60 + 680 * place(points[cluster].x, xs), y = 560 - 500 * place(points[cluster].y, ys)
            let radius = 5 + 22 * (Double(sizes[cluster]) / most).squareRoot()
            let share = (returns[cluster] ?? 0) / largest
            let pale = Int(235 - 150 * abs(share))
            let color = returns[cluster] == nil ? "#bbbbbb" : share >= 0 ? "rgb(\(pale),\(pale + 15),235)" : "rgb(235,\(pale),\(pale))"
            svg += String(
                format: "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"\(color)\" stroke=\"%@\">", x, y, radius,
                best.contains(cluster) ? "#000" : "#999")
            svg += "<title>cluster \(cluster): \(sizes[cluster]) members"
            svg += returns[cluster].map { String(format: ", mean %.3f %%", $0 * 100) } ?? ""
            svg += "</title></circle>" + String(format: "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">\(cluster)</text>", x, y + 4)
        }
        return svg + "<text x=\"20\" y=\"592\">area: members; blue: gains, red: losses; black edge: best clusters</text></svg>\n"
    }
}
