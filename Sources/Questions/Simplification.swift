import Descriptions
import MarketData

/// Two conditions that no row satisfies together.
struct Contradiction {
    var one: ConstraintTree
    var other: ConstraintTree
}

extension ConstraintTree {
    /// The same tree in normal form: flat, without doubles, conditions of one subject merged.
    ///
    /// - Parameter contradictions: pairs that no row satisfies are added.
    func simplified(categoryCounts: (Attribute) -> Int, contradictions: inout [Contradiction]) -> ConstraintTree {
        switch self {
        case .test: return self
        case .not(let inner): return Self.negation(inner.simplified(categoryCounts: categoryCounts, contradictions: &contradictions), categoryCounts)
        case .any(let parts):
            var flat: [ConstraintTree] = []
            for part in parts {
                let simple = part.simplified(categoryCounts: categoryCounts, contradictions: &contradictions)
                if case .any(let inner) = simple { flat += inner } else { flat.append(simple) }
            }
            return Self.union(flat)
        case .all(let parts):
            var flat: [ConstraintTree] = []
            for part in parts {
                let simple = part.simplified(categoryCounts: categoryCounts, contradictions: &contradictions)
                if case .all(let inner) = simple { flat += inner } else { flat.append(simple) }
            }
            return Self.intersection(flat, &contradictions)
        }
    }

    // MARK: Not

    private static func negation(_ inner: ConstraintTree, _ counts: (Attribute) -> Int) -> ConstraintTree {
        switch inner {
        case .not(let positive): return positive
        case .test(.category(let attribute, let codes)) where attribute != .unusualActivity:
            // A row that is not out of the money is not deep out of the money either.
            let excluded = attribute == .moneyness && codes.contains(2) ? codes + [1] : codes
            let rest = (1...counts(attribute)).filter { !excluded.contains($0) }
            return rest.isEmpty ? .not(inner) : .test(.category(attribute, rest))
        case .test(.number(let field, let bounds)):
            let pieces = bounds.complement.map { ConstraintTree.test(.number(field, $0)) }
            return pieces.isEmpty ? .not(inner) : pieces.count == 1 ? pieces[0] : .any(pieces)
        case .any(let parts): return .all(parts.map { negation($0, counts) })
        default: return .not(inner)
        }
    }

    // MARK: Or

    private static func union(_ parts: [ConstraintTree]) -> ConstraintTree {
        var result: [ConstraintTree] = []
        for part in parts {
            if let index = result.firstIndex(where: { merged($0, part) != nil }), let both = merged(result[index], part) {
                result[index] = both
            } else if !result.contains(part) {
                result.append(part)
            }
        }
        return result.count == 1 ? result[0] : .any(result)
    }

    /// Two alternatives that differ in one subject as one: "IBM calls or MSFT calls".
    private static func merged(_ one: ConstraintTree, _ other: ConstraintTree) -> ConstraintTree? {
        if case .all(let mine) = one, case .all(let theirs) = other, mine.count == theirs.count {
            let different = mine.filter { !theirs.contains($0) }
            let others = theirs.filter { !mine.contains($0) }
            guard different.count == 1, others.count == 1, let both = merged(different[0], others[0]) else { return nil }
            return .all(mine.map { $0 == different[0] ? both : $0 })
        }
        guard case .test(let first) = one, case .test(let second) = other else { return nil }
        switch (first, second) {
        case (.symbols(let a), .symbols(let b)): return .test(.symbols(a + b.filter { !a.contains($0) }))
        case (.kinds(let a), .kinds(let b)): return .test(.kinds(Array(Set(a + b)).sorted { $0.rawValue < $1.rawValue }))
        case (.category(let a, let x), .category(let b, let y)) where a == b: return .test(.category(a, Array(Set(x + y)).sorted()))
        case (.weekdays(let a, let x), .weekdays(let b, let y)) where a == b: return .test(.weekdays(a, Array(Set(x + y)).sorted()))
        case (.expiryClass(let a), .expiryClass(let b)): return .test(.expiryClass(a + b.filter { !a.contains($0) }))
        case (.dates(let a, let x), .dates(let b, let y)) where a == b && x.touches(y): return .test(.dates(a, x.union(y)))
        default: return nil
        }
    }

    // MARK: And

    private static func intersection(_ parts: [ConstraintTree], _ contradictions: inout [Contradiction]) -> ConstraintTree {
        var result: [ConstraintTree] = []
        for part in parts {
            guard let index = result.firstIndex(where: { sameSubject($0, part) }) else {
                if !result.contains(part) { result.append(part) }
                continue
            }
            if let both = common(result[index], part) {
                result[index] = both
            } else {
                if result[index] != part { contradictions.append(Contradiction(one: result[index], other: part)) }
                if !result.contains(part) { result.append(part) }
            }
        }
        result = withoutExcludedKinds(result)
        let merged = result
        result.removeAll { part in
            // "on Monday, June 9": the day says its weekday.
            guard case .test(.weekdays(let field, let weekdays)) = part else { return false }
            return merged.contains { other in
                guard case .test(.dates(field, let days)) = other, let day = days.from, days.to == day else { return false }
                return weekdays.contains(day.weekday)
            }
        }
        for part in result {
            guard case .not(let excluded) = part, let other = result.first(where: { isWithin($0, excluded) }) else { continue }
            contradictions.append(Contradiction(one: other, other: part))
        }
        return result.count == 1 ? result[0] : .all(result)
    }

    private static func sameSubject(_ one: ConstraintTree, _ other: ConstraintTree) -> Bool {
        guard case .test(let first) = one, case .test(let second) = other else { return false }
        return first.slot == second.slot && first.slot != .event
    }

    /// The intersection of two conditions on one subject; `nil` if it is empty.
    private static func common(_ one: ConstraintTree, _ other: ConstraintTree) -> ConstraintTree? {
        guard case .test(let first) = one, case .test(let second) = other else { return nil }
        func kept<T: Equatable>(_ a: [T], _ b: [T]) -> [T]? {
            let both = a.filter { b.contains($0) }
            return both.isEmpty ? nil : both
        }
        switch (first, second) {
        case (.symbols(let a), .symbols(let b)): return kept(a, b).map { .test(.symbols($0)) }
        case (.kinds(let a), .kinds(let b)): return kept(a, b).map { .test(.kinds($0)) }
        case (.category(let a, let x), .category(_, let y)): return kept(x, y).map { .test(.category(a, $0)) }
        case (.weekdays(let a, let x), .weekdays(_, let y)): return kept(x, y).map { .test(.weekdays(a, $0)) }
        case (.expiryClass(let a), .expiryClass(let b)): return kept(a, b).map { .test(.expiryClass($0)) }
        case (.dates(let a, let x), .dates(_, let y)):
            let both = x.intersection(y)
            return both.isEmpty ? nil : .test(.dates(a, both))
        case (.number(let a, let x), .number(_, let y)):
            let both = x.intersection(y)
            return both.isEmpty ? nil : .test(.number(a, both))
        case (.ratio(let a, let b, let x), .ratio(_, _, let y)):
            let both = x.intersection(y)
            return both.isEmpty ? nil : .test(.ratio(a, b, both))
        default: return nil
        }
    }

    /// Whether every row of one satisfies the other.
    private static func isWithin(_ one: ConstraintTree, _ other: ConstraintTree) -> Bool {
        switch (one, other) {
        case (.test(.symbols(let a)), .test(.symbols(let b))): a.allSatisfy(b.contains)
        case (.test(.kinds(let a)), .test(.kinds(let b))): a.allSatisfy(b.contains)
        case (.test(.expiryClass(let a)), .test(.expiryClass(let b))): a.allSatisfy(b.contains)
        default: one == other
        }
    }

    /// "options but no puts" are calls.
    private static func withoutExcludedKinds(_ parts: [ConstraintTree]) -> [ConstraintTree] {
        guard let place = parts.firstIndex(where: { if case .test(.kinds) = $0 { true } else { false } }),
            case .test(.kinds(var kinds)) = parts[place]
        else { return parts }
        var result = parts
        for part in parts {
            guard case .not(.test(.kinds(let excluded))) = part else { continue }
            let rest = kinds.filter { !excluded.contains($0) }
            guard !rest.isEmpty else { continue }
            kinds = rest
            result.removeAll { $0 == part }
        }
        if let index = result.firstIndex(of: parts[place]) { result[index] = .test(.kinds(kinds)) }
        return result
    }

    /// The quote dates that the tree allows: the common part of conditions that all rows must satisfy.
    var quoteDates: DayInterval {
        switch self {
        case .test(.dates(.quoteDate, let interval)): return interval
        case .test, .not: return DayInterval(from: nil, to: nil)
        case .all(let parts): return parts.reduce(DayInterval(from: nil, to: nil)) { $0.intersection($1.quoteDates) }
        case .any(let parts):
            guard let first = parts.first else { return DayInterval(from: nil, to: nil) }
            return parts.dropFirst().reduce(first.quoteDates) { $0.union($1.quoteDates) }
        }
    }
}
