extension SemanticPass {
    /// The reading, with every word in one step and leftovers as whole phrases.
    mutating func reading() -> Reading {
        let phrases = leftovers()
        var steps: [Reading.Step] = []
        for part in parts {
            let range = lattice.tokens[part.start].range.lowerBound..<lattice.tokens[part.end - 1].range.upperBound
            steps.append(Reading.Step(range: range, text: lattice.string(part.start, part.end), use: part.use, reading: part.reading))
        }
        return Reading(
            text: lattice.text, query: query, diagnostics: lattice.corrections + diagnostics, notUnderstood: phrases, steps: steps)
    }

    /// Words not understood, joined over the fillers between them, with the preposition in front.
    private mutating func leftovers() -> [String] {
        var phrases: [String] = []
        var index = 0
        while index < parts.count {
            guard isLeftover(index) else {
                index += 1
                continue
            }
            var last = index
            var next = index + 1
            while next < parts.count {
                if isLeftover(next) { last = next } else if parts[next].use != .filler || isSentenceEnd(next) { break }
                next += 1
            }
            var first = index
            while first > 0, parts[first - 1].use == .filler, isPreposition(first - 1) || isBareNumber(index, last) && !isSentenceEnd(first - 1) {
                first -= 1
            }
            if isBareNumber(first, last) { (first, last) = widened(first, last) }
            for place in first...last where parts[place].use == .filler { parts[place].use = .notUnderstood }
            phrases.append(lattice.string(parts[first].start, parts[last].end))
            index = last + 1
        }
        return phrases
    }

    private func isLeftover(_ index: Int) -> Bool {
        parts[index].use == .notUnderstood && !lattice.tokens[parts[index].start].isSeparator
    }

    private func isSentenceEnd(_ index: Int) -> Bool {
        parts[index].value == nil && lattice.tokens[parts[index].start].isSeparator
    }

    private func isPreposition(_ index: Int) -> Bool {
        reader.table.prepositions.contains(lattice.tokens[parts[index].start].hash)
    }

    private func isBareNumber(_ first: Int, _ last: Int) -> Bool {
        guard first <= last else { return false }
        return (parts[first].start..<parts[last].end).allSatisfy {
            if case .word = lattice.tokens[$0].kind { false } else { true }
        }
    }

    /// A number alone is not helpful, so show the words beside it, too.
    private func widened(_ first: Int, _ last: Int) -> (Int, Int) {
        if last + 1 < parts.count, parts[last + 1].use == .filler, !isSentenceEnd(last + 1) { return (first, last + 1) }
        return (first, last)
    }
}
