import Foundation

/// Constant properties of a simulated underlying.
struct UnderlyingProfile: Sendable {
    /// Position in the universe; part of every random stream's key.
    let index: Int
    let symbol: String
    /// Root of its contracts: the symbol without dots.
    let root: String
    let name: String
    /// `A` for American exercise, `E` for European.
    let style: UInt8
    let firstPrice: Double
    /// Exposure to the market's return.
    let beta: Double
    /// Long-run daily standard deviation of its own return.
    let ownDeviation: Double
    /// From 0 (hardly traded) to 1.
    let liquidity: Double
    /// Target number of option rows per day.
    let rowsPerDay: Double
    /// Months that are listed far ahead: January, February or March, and every third month after it.
    let cycle: Int
    /// First session with an earnings report; reports follow every 63 sessions.
    let firstEarnings: Int
    /// Price above which the share is split.
    let splitAbove: Double
    /// Shares traded on an ordinary day.
    let shareVolume: Double

    /// A chain of few rows gets few expiries instead of no strikes.
    var hasWeeklies: Bool { liquidity > 0.45 && rowsPerDay > 110 }
    var hasLeaps: Bool { liquidity > 0.3 && rowsPerDay > 50 }
    /// Whether its cheap options are quoted in cents from 2007 on.
    var isQuotedInPennies: Bool { liquidity > 0.5 }

    /// The universe, most liquid first.
    static func universe(_ configuration: SimulationConfiguration) -> [UnderlyingProfile] {
        let count = configuration.underlyings
        // Activity falls with the rank, as in real markets, but slowly enough that every chain keeps some rows.
        let weights = (0..<count).map { 1 / Double($0 + 3).squareRoot() }
        let mean = weights.reduce(0, +) / Double(count)
        return (0..<count).map { index in
            var random = RandomStream(configuration.seed, .profile, index)
            let symbol = symbol(index)
            let liquidity = count == 1 ? 1 : pow(1 - Double(index) / Double(count), 1.5)
            let rows = Double(configuration.rowsPerDay) * weights[index] / mean
            return UnderlyingProfile(
                index: index, symbol: symbol, root: symbol.filter { $0 != "." }, name: "Simulated \(name(index))",
                style: index % 40 == 37 ? UInt8(ascii: "E") : UInt8(ascii: "A"),
                firstPrice: exp(random.uniform(2.2...5.6)), beta: random.uniform(0.5...1.6),
                ownDeviation: exp(random.uniform(-4.7 ... -3.7)), liquidity: liquidity, rowsPerDay: rows,
                cycle: random.below(3), firstEarnings: random.below(63), splitAbove: random.uniform(140...700),
                shareVolume: 3e7 * pow(liquidity, 2) + 2e5 * random.uniform(0.5...2))
        }
    }

    /// Invented tickers that start with SIM, and a few that break readers which take tickers for values.
    private static func symbol(_ index: Int) -> String {
        if let awkward = [5: "NAN", 9: "TRUE", 13: "BRX.B", 17: "NULL", 21: "SIM1", 25: "INF"][index] { return awkward }
        var letters = ""
        var rest = index
        repeat {
            letters = String(UnicodeScalar(UInt8(ascii: "A") + UInt8(rest % 26))) + letters
            rest = rest / 26 - 1
        } while rest >= 0
        return "SIM" + letters
    }

    private static func name(_ index: Int) -> String {
        let trees = [
            "Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ironwood", "Juniper", "Katsura", "Larch",
            "Maple", "Nutmeg", "Oak", "Pine", "Quince", "Rowan", "Spruce", "Tamarack", "Umbrella Pine", "Viburnum", "Willow",
            "Yew", "Zelkova",
        ]
        let round = index / trees.count
        return round == 0 ? trees[index] : "\(trees[index % trees.count]) \(round + 1)"
    }
}
