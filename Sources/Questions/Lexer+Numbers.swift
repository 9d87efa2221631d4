import MarketData

extension Lexer {
    /// Digits, a point before digits, or a sign or dollar sign before them.
    func startsNumber(at index: Int) -> Bool {
        let first = scalar(index)
        if CharacterClass.isDigit(first) || CharacterClass.fraction(first) != nil { return true }
        let next = scalar(index + 1)
        if first == 0x2E { return CharacterClass.isDigit(next) }
        if first == 0x24 { return CharacterClass.isDigit(next) || (next == 0x2E && CharacterClass.isDigit(scalar(index + 2))) }
        guard first == 0x2D || first == 0x2212 || first == 0x2B, opensSignedNumber(at: index) else { return false }
        return CharacterClass.isDigit(next) || (next == 0x2E && CharacterClass.isDigit(scalar(index + 2)))
    }

    /// A sign belongs to the number after it when a blank, a bracket or nothing stands in front: "below -0.5".
    private func opensSignedNumber(at index: Int) -> Bool {
        guard index > 0 else { return true }
        let before = scalar(index - 1)
        return CharacterClass.isSpace(before) || before == 0x28 || before == 0x3C || before == 0x3E || before == 0x3D
            || before == 0x2E && scalar(index - 2) == 0x2E
    }

    mutating func readNumberOrDate() {
        if readDate() || readTime() { return }
        let start = position
        var index = start
        var number = LexedNumber(value: 0, form: .plain)
        if [0x2D, 0x2212, 0x2B].contains(scalar(index)) {
            number.isNegative = scalar(index) != 0x2B
            index += 1
        }
        if scalar(index) == 0x24 {
            number.form = .money
            index += 1
        }
        let digitsStart = index
        index = readDigits(from: index, into: &number)
        number.isBare = digitsStart == start && number.digitCount == index - digitsStart
        index = readSuffix(from: index, into: &number)
        // "S&P 500's", "the 90's": the ending is no part of the number.
        if index > digitsStart, CharacterClass.isApostrophe(scalar(index)), isPossessive(at: index) {
            if number.form == .plain, number.digitCount >= 2, number.value.truncatingRemainder(dividingBy: 10) == 0 { number.form = .decade }
            append(.number(number), from: start, to: index)
            tokens[tokens.count - 1].range = Int(offsets[start])..<Int(offsets[index + 2])
            position = index + 2
            return
        }
        append(.number(number), from: start, to: index)
    }

    /// Digits with groups and a fraction.
    private func readDigits(from start: Int, into number: inout LexedNumber) -> Int {
        var index = start
        var value = 0.0
        while index < scalars.count {
            let scalar = scalars[index]
            if CharacterClass.isDigit(scalar) {
                value = value * 10 + Double(scalar - 0x30)
                number.digitCount += 1
                index += 1
            } else if scalar == 0x2C, index > start, isGroup(at: index + 1) {
                index += 1
            } else {
                break
            }
        }
        if scalar(index) == 0x2E, CharacterClass.isDigit(scalar(index + 1)) {
            number.hasPoint = true
            index += 1
            var unit = 0.1
            while CharacterClass.isDigit(scalar(index)) {
                value += Double(scalar(index) - 0x30) * unit
                unit /= 10
                index += 1
            }
            // Sums of tenths are not the decimal they were written as.
            if index - start < 16 { value = (value * 1e9).rounded() / 1e9 }
        }
        // "2½", "2 ½".
        let mark = scalar(index) == 0x20 && index > start && !number.hasPoint ? index + 1 : index
        if let fraction = CharacterClass.fraction(scalar(mark)) {
            number.hasPoint = true
            value += fraction
            index = mark + 1
        } else if index > start, let end = exponentEnd(from: index) {
            // "1e4".
            let digits = scalars[(index + 1)..<end].filter(CharacterClass.isDigit).reduce(0) { $0 * 10 + Int($1) - 0x30 }
            let power = (0..<digits).reduce(1.0) { power, _ in power * 10 }
            value = scalar(index + 1) == 0x2D ? value / power : value * power
            index = end
        }
        number.value = number.isNegative ? -value : value
        return index
    }

    /// Where the exponent of "1e4", "5e-3" ends.
    private func exponentEnd(from start: Int) -> Int? {
        guard scalar(start) | 0x20 == 0x65 else { return nil }
        var index = start + 1
        if [0x2B, 0x2D].contains(scalar(index)) { index += 1 }
        let digits = index
        while index < digits + 3, CharacterClass.isDigit(scalar(index)) { index += 1 }
        return (1...2).contains(index - digits) && !CharacterClass.isLetter(scalar(index)) ? index : nil
    }

    /// Exactly three digits.
    private func isGroup(at index: Int) -> Bool {
        (0..<3).allSatisfy { CharacterClass.isDigit(scalar(index + $0)) } && !CharacterClass.isDigit(scalar(index + 3))
    }

    /// What follows a number without a blank: k, m, %, x, C, th.
    private func readSuffix(from start: Int, into number: inout LexedNumber) -> Int {
        var end = start
        while CharacterClass.isLetter(scalar(end)) { end += 1 }
        let letters = scalars[start..<end].map(CharacterClass.folded)
        let isAlone = !CharacterClass.isDigit(scalar(end))
        if isAlone, let matched = apply(suffix: letters, capital: end > start && CharacterClass.isCapital(scalar(start)), to: &number) {
            return start + matched
        }
        var index = start
        if scalar(index) == 0x20, scalar(index + 1) == 0x25 { index += 1 }
        if scalar(index) == 0x25, number.form == .plain {
            number.form = .percent
            number.isBare = false
            return index + 1
        }
        if scalar(start) == 0xA2, number.form == .plain {
            number.form = .cents
            return start + 1
        }
        return start
    }

    private func apply(suffix: [UInt32], capital: Bool, to number: inout LexedNumber) -> Int? {
        guard let first = suffix.first else { return nil }
        defer { if number.form != .plain || number.scale != 1 { number.isBare = false } }
        switch (suffix.count, first) {
        case (1, 0x6B): number.scale = 1e3  // k
        case (1, 0x6D),
            (2, 0x6D) where suffix.last == 0x6D || suffix.last == 0x6E || suffix.count == 1:
            number.scale = 1e6  // m, mm, mn
        case (1, 0x62),
            (2, 0x62) where suffix.last == 0x6E || suffix.count == 1:
            number.scale = 1e9  // b, bn
        case (2, 0x62) where suffix[1] == 0x70,
            (3, 0x62) where suffix[1] == 0x70 && suffix[2] == 0x73:  // bp, bps
            number.form = .percent
            number.value = (number.value * 1e7).rounded() / 1e9
        case (1, 0x78): number.form = .multiple  // x
        case (1, 0x63) where number.form != .multiple: number.form = .strike(.call)
        case (1, 0x70) where number.form != .multiple: number.form = .strike(.put)
        case (1, 0x73),
            (2, 0x73) where number.digitCount >= 2 && suffix.count == 1:
            number.form = .decade
        case (2, _) where LexerSuffix.isOrdinal(suffix): number.form = .ordinal
        default: return nil
        }
        return suffix.count
    }
}

/// Endings of ordinal numbers, as scalars.
enum LexerSuffix {
    static func isOrdinal(_ suffix: [UInt32]) -> Bool {
        switch (suffix[0], suffix[1]) {
        case (0x73, 0x74), (0x6E, 0x64), (0x72, 0x64), (0x74, 0x68): true
        default: false
        }
    }
}
