/// "not", "excluding", "neither … nor": which findings they turn round.
extension QuestionReading {
    mutating func readNegations() {
        // The negation in force, and whether it reaches over commas.
        var inForce: (end: Int, reachesOverCommas: Bool, last: Int)?
        for index in findings.indices {
            if isGeneric(findings[index]) { continue }
            let start = findings[index].span.lowerBound
            if let (negation, isList) = negation(before: start) {
                use(negation)
                findings[index].isNegated = true
                inForce = (start, isList, index)
            } else if let current = inForce, isSameSort(findings[current.last], findings[index]),
                continues(from: findings[current.last].span.upperBound, to: start, current.reachesOverCommas)
            {
                findings[index].isNegated = true
                inForce?.last = index
            } else if let current = inForce, findings[current.last].span != findings[index].span {
                inForce = nil
            }
        }
    }

    private func isGeneric(_ finding: QuestionFinding) -> Bool {
        if case .kinds(_, isGeneric: true) = finding.meaning { return true }
        return false
    }

    private func isSameSort(_ left: QuestionFinding, _ right: QuestionFinding) -> Bool {
        switch (left.meaning, right.meaning) {
        case (.underlyings, .underlyings), (.kinds, .kinds), (.quoteDate, .quoteDate), (.expiration, .expiration): true
        case (.categories(let left), .categories(let right)): left.first?.attribute == right.first?.attribute
        case (.number(let left, _), .number(let right, _)): left == right
        default: false
        }
    }

    /// Whether a list goes on between two findings: "or", "nor", "and", and commas where they count.
    private func continues(from start: Int, to end: Int, _ reachesOverCommas: Bool) -> Bool {
        guard start < end else { return start == end }
        var hasConjunction = false
        for index in start..<end where !isUsed[index] || tokens[index].form == .word {
            if ["or", "nor", "and", "/", "the", "any"].contains(tokens[index].text) {
                hasConjunction = true
            } else if !(tokens[index].isMark(",") && (reachesOverCommas || hasConjunctionAfter(index, before: end))) {
                return false
            }
        }
        return hasConjunction || reachesOverCommas
    }

    private func hasConjunctionAfter(_ index: Int, before end: Int) -> Bool {
        (index + 1..<max(index + 1, end)).contains { ["or", "nor", "and"].contains(tokens[$0].text) }
    }

    /// The negation that stands directly before a token, over words without meaning of their own.
    private func negation(before start: Int) -> (Range<Int>, isList: Bool)? {
        let passable: Set<String> = [
            "the", "any", "those", "that", "are", "is", "to", "be", "being", "with", "ones", "expiring", "strictly",
            "too", "in", "on", "from", "of", "a", "an", "have", "having", "want", "include", "including", "show",
            "which", "were", "was", "just", "me", "all", "at", "for", "during", "dated", "expire", "expires",
            "trading", "quoted", "anything", "quotes", "rows", "on", "contracts", "options",
        ]
        var position = start - 1
        var passed = 0
        while position >= 0, passed < 4 {
            for begin in stride(from: position, through: max(0, position - 2), by: -1) {
                if let (length, meanings) = longest(vocabulary.negations, at: begin), begin + length == position + 1 {
                    // The longest that ends here: "other than" rather than "than".
                    let earlier = (max(0, begin - 2)..<begin).first { before in
                        longest(vocabulary.negations, at: before).map { before + $0.length == position + 1 } ?? false
                    }
                    return ((earlier ?? begin)..<position + 1, meanings.first ?? false)
                }
            }
            let isGenericKind =
                isUsed[position] && isTransparent[position]
                && vocabulary.kinds.meanings(of: [tokens[position].text]).contains(nil)
            guard passable.contains(tokens[position].text), !isUsed[position] || isGenericKind else { return nil }
            position -= 1
            passed += 1
        }
        return nil
    }
}
