/// Calls, puts, options, stock.
extension QuestionReading {
    mutating func readKinds() {
        var index = 0
        while index < tokens.count {
            guard let (length, kinds) = longest(vocabulary.kinds, at: index) else {
                index += 1
                continue
            }
            let isGeneric = kinds.contains(nil)
            let meant: [InstrumentKind] = isGeneric ? [.call, .put] : kinds.compactMap(\.self)
            add(.kinds(meant, isGeneric: isGeneric), index..<index + length)
            use(index..<index + length)
            for position in index..<index + length { isTransparent[position] = true }
            index += length
        }
    }

    /// The kinds that the whole question asks for; empty for any.
    ///
    /// "calls on Apple stock" asks for calls: stock is meant only where it stands alone or beside "and" or "or".
    static func kinds(of findings: [QuestionFinding], isJoined: (Int, Int) -> Bool) -> [InstrumentKind] {
        var wanted: Set<InstrumentKind> = []
        var unwanted: Set<InstrumentKind> = []
        var isGeneric = false
        var options: [Int] = []
        var stocks: [Int] = []
        for (index, finding) in findings.enumerated() {
            guard case .kinds(let kinds, let generic) = finding.meaning else { continue }
            if finding.isNegated {
                unwanted.formUnion(kinds)
            } else if generic {
                isGeneric = true
                options.append(index)
            } else if kinds == [.stock] {
                stocks.append(index)
            } else {
                wanted.formUnion(kinds)
                options.append(index)
            }
        }
        if isGeneric && wanted.isEmpty { wanted = [.call, .put] }
        if !stocks.isEmpty {
            let isAlone = wanted.isEmpty
            if isAlone || stocks.contains(where: { stock in options.contains { isJoined($0, stock) } }) {
                wanted.insert(.stock)
            }
        }
        if wanted.isEmpty && !unwanted.isEmpty { wanted = Set(InstrumentKind.allCases) }
        return wanted.subtracting(unwanted).sorted { $0.rawValue < $1.rawValue }
    }
}
