/// A size in bytes, as people write it. The only parser of sizes, for flags, variables and files.
///
/// A unit is a power of 1000 if it ends in `B` alone, and of 1024 otherwise, as in the GNU tools: `2GB` is 2,000,000,000
/// bytes, `2G` and `2GiB` are 2,147,483,648.
package struct ByteCount: Sendable, Hashable {
    package let bytes: Int

    /// Advice to print for a text that is not a size.
    package static let remedy = "write bytes or a number with a unit, as in 500MB (1000), 20G or 1.5GiB (1024)"

    /// Parses `500`, `20G`, `1.5TB` or `512 MiB`, in upper or lower case.
    /// - Returns: `nil` for anything else, for negative numbers, and for 10^18 bytes or more.
    package init?(_ text: String) {
        let digits = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }.uppercased()
        guard digits.first != ".", digits.last != ".", let number = Double(digits), let factor = Self.factor(unit),
            number * factor < 1e18
        else { return nil }
        bytes = Int(number * factor)
    }

    private static func factor(_ unit: String) -> Double? {
        if unit.isEmpty || unit == "B" { return 1 }
        guard let letter = unit.first, let power = "KMGT".firstIndex(of: letter).map({ "KMGT".distance(from: "KMGT".startIndex, to: $0) + 1 })
        else { return nil }
        let base: Double
        switch unit.dropFirst() {
        case "B": base = 1000
        case "", "IB": base = 1024
        default: return nil
        }
        return (0..<power).reduce(1) { product, _ in product * base }
    }
}
