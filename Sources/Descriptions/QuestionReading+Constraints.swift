import MarketData

/// From findings to constraints: what is said of one thing becomes one constraint.
extension QuestionReading {
    func question(_ text: String) -> Question {
        let kinds = QuestionReading.kinds(of: findings) { isJoined($0, $1) }
        var constraints: [(first: Int, constraint: Constraint)] = []
        var misplaced: [Range<Int>] = []
        addUnderlyings(&constraints)
        addKinds(kinds, &constraints)
        addCategories(kinds, &constraints, &misplaced)
        addNumbers(&constraints)
        addDates(&constraints)
        constraints.sort { $0.first < $1.first }
        return Question(
            text: text, constraints: constraints.map(\.constraint),
            notUnderstood: leftovers(alsoNotUnderstood: misplaced))
    }

    private typealias Constraints = [(first: Int, constraint: Constraint)]

    /// Whether only "and", "or", "/" or a comma stand between two findings.
    private func isJoined(_ left: Int, _ right: Int) -> Bool {
        let (first, second) = left < right ? (findings[left], findings[right]) : (findings[right], findings[left])
        guard first.span.upperBound < second.span.lowerBound else { return false }
        return (first.span.upperBound..<second.span.lowerBound).allSatisfy {
            ["and", "or", "/", ",", "the", "plus", "also"].contains(tokens[$0].text)
        }
    }

    // MARK: Underlyings and kinds

    private func addUnderlyings(_ constraints: inout Constraints) {
        var wanted: [String] = []
        var unwanted: [String] = []
        var first: (wanted: Int?, unwanted: Int?) = (nil, nil)
        for finding in findings {
            guard case .underlyings(let symbols) = finding.meaning else { continue }
            if finding.isNegated {
                unwanted += symbols.filter { !unwanted.contains($0) }
                first.unwanted = first.unwanted ?? finding.span.lowerBound
            } else {
                wanted += symbols.filter { !wanted.contains($0) }
                first.wanted = first.wanted ?? finding.span.lowerBound
            }
        }
        let remaining = wanted.filter { !unwanted.contains($0) }
        if let start = first.wanted, !remaining.isEmpty {
            constraints.append((start, .underlyings(remaining)))
        } else if let start = first.unwanted {
            constraints.append((start, .not(.underlyings(unwanted))))
        }
    }

    private func addKinds(_ kinds: [InstrumentKind], _ constraints: inout Constraints) {
        guard !kinds.isEmpty, kinds.count < InstrumentKind.allCases.count else { return }
        let first = findings.first { finding in
            guard case .kinds(let named, _) = finding.meaning else { return false }
            return finding.isNegated || named.contains(where: kinds.contains)
        }
        constraints.append((first?.span.lowerBound ?? 0, .kinds(kinds)))
    }

    // MARK: Categories

    private func addCategories(
        _ kinds: [InstrumentKind], _ constraints: inout Constraints, _ misplaced: inout [Range<Int>]
    ) {
        let isStockQuestion = kinds == [.stock] || kinds.isEmpty && asksOfStockAlone
        struct Wish {
            var first: Int
            var codes: UInt8 = 0
            var unwanted: UInt8 = 0
        }
        var wishes: [(attribute: Attribute, wish: Wish)] = []
        for finding in findings {
            guard case .categories(let meanings) = finding.meaning else { continue }
            let applying = meanings.filter { meaning in
                if kinds.isEmpty {
                    return !isStockQuestion || meaning.attribute.applies(to: .stock)
                }
                return kinds.contains { meaning.attribute.applies(to: $0) }
            }
            // With any kind possible, an option's meaning comes before a stock's.
            guard let meaning = applying.first else {
                misplaced.append(finding.span)
                continue
            }
            let index =
                wishes.firstIndex { $0.attribute == meaning.attribute }
                ?? {
                    wishes.append((meaning.attribute, Wish(first: finding.span.lowerBound)))
                    return wishes.count - 1
                }()
            if finding.isNegated {
                wishes[index].wish.unwanted |= vocabulary.negatedCodes(meaning.attribute, meaning.codes)
            } else {
                wishes[index].wish.codes |= meaning.codes
            }
        }
        for (attribute, wish) in wishes {
            let base = wish.codes == 0 ? vocabulary.allCodes(attribute) : wish.codes
            let codes = base & ~wish.unwanted
            if codes != 0 {
                constraints.append((wish.first, .category(attribute, codes: codes)))
            } else if wish.codes == 0 {
                // An attribute of one category, which a row has or has not.
                constraints.append((wish.first, .not(.category(attribute, codes: wish.unwanted))))
            } else {
                constraints.append((wish.first, .category(attribute, codes: wish.codes)))
            }
        }
    }

    /// A question without a kind that names something only stocks have, and nothing only options have.
    private var asksOfStockAlone: Bool {
        var isStock = false
        for finding in findings {
            switch finding.meaning {
            case .categories(let meanings):
                if meanings.allSatisfy({ !$0.attribute.applies(to: .call) }) { isStock = true }
                if meanings.allSatisfy({ !$0.attribute.applies(to: .stock) }) { return false }
            case .number(let field, _):
                if ![.volume, .underlyingClose].contains(field) { return false }
            case .expiration: return false
            default: break
            }
        }
        return isStock
    }

    // MARK: Numbers and dates

    private func addNumbers(_ constraints: inout Constraints) {
        for field in NumericField.allCases {
            var alternatives: [QuestionBounds] = []
            var first: Int?
            for finding in findings {
                guard case .number(field, let bounds) = finding.meaning else { continue }
                first = first ?? finding.span.lowerBound
                if finding.isNegated {
                    for bound in bounds {
                        constraints.append((finding.span.lowerBound, negated(field, bound)))
                    }
                    continue
                }
                // "above 100, below 120" holds both; "90 … 100" holds either.
                let both = alternatives.flatMap { old in bounds.compactMap { old.intersection($0) } }
                if alternatives.isEmpty {
                    alternatives = bounds
                } else if both.isEmpty {
                    alternatives += bounds.filter { !alternatives.contains($0) }
                } else {
                    alternatives = both
                }
            }
            guard let first, !alternatives.isEmpty else { continue }
            let list = alternatives.map { Constraint.number(field, min: $0.min, max: $0.max) }
            constraints.append((first, list.count == 1 ? list[0] : .any(list)))
        }
    }

    private func negated(_ field: NumericField, _ bounds: QuestionBounds) -> Constraint {
        switch (bounds.min, bounds.max) {
        case (let min?, nil): .number(field, min: nil, max: min.nextDown)
        case (nil, let max?): .number(field, min: max.nextUp, max: nil)
        default: .not(.number(field, min: bounds.min, max: bounds.max))
        }
    }

    private func addDates(_ constraints: inout Constraints) {
        func days(_ finding: QuestionFinding, isExpiry: Bool) -> QuestionDays? {
            switch finding.meaning {
            case .quoteDate(let days) where !isExpiry: days
            case .expiration(let days) where isExpiry: days
            default: nil
            }
        }
        for isExpiry in [false, true] {
            func constraint(_ days: QuestionDays) -> Constraint {
                isExpiry ? .expiration(from: days.from, to: days.to) : .quoteDate(from: days.from, to: days.to)
            }
            var alternatives: [QuestionDays] = []
            var first: Int?
            for finding in findings {
                guard let days = days(finding, isExpiry: isExpiry) else { continue }
                if finding.isNegated {
                    constraints.append((finding.span.lowerBound, negated(days, constraint)))
                    continue
                }
                first = first ?? finding.span.lowerBound
                let both = alternatives.compactMap { $0.intersection(days) }
                if !both.isEmpty {
                    alternatives = both
                } else if let last = alternatives.last, let joined = last.joined(days) {
                    alternatives[alternatives.count - 1] = joined
                } else {
                    alternatives.append(days)
                }
            }
            guard let first, !alternatives.isEmpty else { continue }
            let list = alternatives.map(constraint)
            constraints.append((first, list.count == 1 ? list[0] : .any(list)))
        }
    }

    private func negated(_ days: QuestionDays, _ constraint: (QuestionDays) -> Constraint) -> Constraint {
        switch (days.from, days.to) {
        case (let from?, nil): constraint(QuestionDays(from: nil, to: from.adding(days: -1)))
        case (nil, let to?): constraint(QuestionDays(from: to.adding(days: 1), to: nil))
        default: .not(constraint(days))
        }
    }
}
