import Descriptions

extension Evaluator {
    func level(_ action: Action, _ a: Arguments) -> Value? {
        guard let first = a.levels.first else { return nil }
        switch action {
        case .intensified:
            // "very high" is the category beyond high.
            var codes: [Attribute: [Int]] = [:]
            for (attribute, list) in first.codes {
                let count = attribute.categoryCount(vocabulary.entry(attribute).categories.count)
                if let low = list.first, let high = list.last {
                    if high == count { codes[attribute] = [count] } else if low == 1 || (low == 2 && attribute.hasZero) { codes[attribute] = [low] }
                }
            }
            return codes.isEmpty ? .level(first) : .level(Level(codes: codes))
        case .eitherLevel:
            // "moderate and no …": the "no" belongs to what follows.
            guard !has("and", a) || a.levels.dropFirst().allSatisfy({ level in !level.codes.allSatisfy { $0.key.hasZero && $0.value == [1] } }) else {
                return nil
            }
            return joined(a.levels) { Array(Set($0 + $1)).sorted() }
        case .levelRange:
            return joined(a.levels) { first, last in
                guard let low = first.last, let high = [first.first ?? 0, last.first ?? 0].max() else { return [] }
                return Array(low...max(low, high))
            }
        default: return nil
        }
    }

    private func joined(_ levels: [Level], _ join: ([Int], [Int]) -> [Int]) -> Value? {
        guard var result = levels.first else { return nil }
        for level in levels.dropFirst() {
            var codes: [Attribute: [Int]] = [:]
            for (attribute, list) in result.codes {
                if let other = level.codes[attribute] { codes[attribute] = join(list, other) }
            }
            result = Level(codes: codes)
        }
        return result.codes.isEmpty ? nil : .level(result)
    }

    func category(_ action: Action, _ a: Arguments) -> Value? {
        switch action {
        case .categoryList:
            // "volume=high|veryHigh".
            guard case .test(.category(let attribute, let codes))? = a.trees.first, let more = a.levels.first?.codes[attribute] else { return nil }
            return .tree(.test(.category(attribute, Array(Set(codes + more)).sorted())))
        case .levelOfRank:
            // As high and low volatility for the name.
            guard let field = a.fields.first, field == .ivRank || field == .ivPercentile, let codes = a.levels.first?.codes[.impliedVolatility] else {
                return nil
            }
            if codes.allSatisfy({ $0 >= 4 }) { return .tree(.test(.number(field, .atLeast(80)))) }
            return codes.allSatisfy { $0 <= 2 } ? .tree(.test(.number(field, .atMost(20)))) : nil
        case .levelled: return levelled(a)
        case .levelledEither:
            guard case .atoms(let atoms)? = levelled(a), atoms.count == 2 else { return nil }
            return .tree(.any(atoms))
        case .levelledAround:
            guard let level = a.levels.first, let nouns = a.attributes.last, let tree = condition(level, nouns) else { return nil }
            return .atoms(
                a.values.flatMap { value -> [ConstraintTree] in
                    switch value {
                    case .kinds(let kinds): [.test(.kinds(kinds))]
                    case .symbols(let symbols): [.test(.symbols(symbols))]
                    default: []
                    }
                } + [tree])
        case .levelledNot:
            guard let level = a.levels.first, let nouns = a.attributes.first, let tree = condition(level, nouns) else { return nil }
            return .tree(complement(tree))
        case .levelledBut:
            guard a.levels.count == 2, let nouns = a.attributes.first, let one = condition(a.levels[0], nouns),
                let other = condition(a.levels[1], nouns)
            else { return nil }
            return .atoms([one, complement(other)])
        case .someOf:
            guard let attribute = a.attributes.first?.first(where: \.hasZero) else { return nil }
            return .tree(.test(.category(attribute, Array(2...vocabulary.entry(attribute).categories.count))))
        case .littleOrNo:
            guard let attribute = a.attributes.first?.first(where: \.hasZero) else { return nil }
            return .tree(.test(.category(attribute, [1, 2])))
        case .noneOfBoth:
            let attributes = a.attributes.compactMap { $0.first(where: \.hasZero) }
            guard attributes.count == 2, a.attributes.count == 2 else { return nil }
            return .atoms(attributes.map { .test(.category($0, [1])) })
        case .noneBesideNone:
            // "without a bid or volume".
            guard case .test(.category(let attribute, let codes))? = a.trees.first, codes == (attribute == .spread ? [4] : [1]),
                attribute == .spread || attribute.hasZero, let other = a.attributes.first?.first(where: \.hasZero)
            else { return nil }
            return .atoms([.test(.category(attribute, codes)), .test(.category(other, [1]))])
        case .noneOfName:
            // "days without IBM volume" are IBM's.
            guard let attribute = a.attributes.last?.first(where: \.hasZero) else { return nil }
            return .atoms(a.subjects + [.test(.category(attribute, [1]))])
        case .noneOf:
            guard let attribute = a.attributes.first?.first(where: \.hasZero) else { return nil }
            return .tree(.test(.category(attribute, [1])))
        case .eitherCategory:
            guard a.trees.count == 2 else { return nil }
            return .tree(.any(a.trees))
        case .categoryAfterExpiry:
            guard case .test(.category(.tenor, _))? = a.trees.first else { return nil }
            return a.trees.first.map { .tree($0) }
        case .intensifiedCategory:
            guard case .test(.category(let attribute, let codes))? = a.trees.last else { return nil }
            let top = attribute.categoryCount(vocabulary.entry(attribute).categories.count)
            let isLowest = codes.first == 1 && !attribute.hasZero && attribute != .moneyness && attribute != .tenor
            return .tree(.test(.category(attribute, codes.contains(top) ? [top] : isLowest ? [1] : codes)))
        default: return nil
        }
    }

    private func levelled(_ a: Arguments) -> Value? {
        guard let level = a.levels.first, !a.attributes.isEmpty else { return nil }
        var atoms: [ConstraintTree] = []
        for nouns in a.attributes {
            guard let tree = condition(level, nouns) else { return nil }
            atoms.append(tree)
        }
        return .atoms(atoms)
    }

    /// The first attribute of a noun that an adjective can describe.
    private func condition(_ level: Level, _ nouns: [Attribute]) -> ConstraintTree? {
        for attribute in nouns {
            if let codes = level.codes[attribute], !codes.isEmpty { return .test(.category(attribute, codes)) }
        }
        return nil
    }

    func complement(_ tree: ConstraintTree) -> ConstraintTree {
        guard case .test(.category(let attribute, let codes)) = tree, attribute != .unusualActivity else { return .not(tree) }
        let rest = (1...vocabulary.entry(attribute).categories.count).filter { !codes.contains($0) }
        return rest.isEmpty ? .not(tree) : .test(.category(attribute, rest))
    }
}

extension Attribute {
    /// The first category is "none": it is not an extreme of the others.
    var hasZero: Bool { self == .volume || self == .openInterest }
}
