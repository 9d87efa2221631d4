import MarketData

/// Splits a question into tokens in one pass over its scalars.
struct Lexer {
    let scalars: [UInt32]
    /// UTF-8 offset of each scalar, and one past the end.
    let offsets: [Int32]
    var position = 0
    var tokens: [Token] = []

    static func tokens(of text: String) -> [Token] {
        var lexer = Lexer(text)
        lexer.run()
        return lexer.tokens
    }

    private init(_ text: String) {
        var scalars: [UInt32] = []
        var offsets: [Int32] = []
        scalars.reserveCapacity(text.utf8.count)
        offsets.reserveCapacity(text.utf8.count + 1)
        var offset: Int32 = 0
        for scalar in text.unicodeScalars {
            scalars.append(scalar.value)
            offsets.append(offset)
            offset += Int32(UTF8.width(scalar))
        }
        offsets.append(offset)
        self.scalars = scalars
        self.offsets = offsets
        tokens.reserveCapacity(scalars.count / 4 + 4)
    }

    private mutating func run() {
        while position < scalars.count {
            let scalar = scalars[position]
            if CharacterClass.isSpace(scalar) {
                position += 1
            } else if startsNumber(at: position) {
                readNumberOrDate()
            } else if CharacterClass.isLetter(scalar) {
                readWord(start: position, hasDollar: false)
            } else {
                readMark()
            }
        }
    }

    func scalar(_ index: Int) -> UInt32 { index >= 0 && index < scalars.count ? scalars[index] : 0 }

    mutating func append(_ kind: Token.Kind, from start: Int, to end: Int) {
        tokens.append(Token(range: Int(offsets[start])..<Int(offsets[end]), kind: kind, hash: hash(start, end)))
        position = end
    }

    /// FNV-1a of the folded text.
    func hash(_ start: Int, _ end: Int) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in start..<end {
            let folded = CharacterClass.folded(scalars[index])
            guard folded != 0 else { continue }
            hash = (hash ^ UInt64(folded)) &* 0x100_0000_01b3
        }
        return hash
    }

    // MARK: Words

    mutating func readWord(start: Int, hasDollar: Bool) {
        var end = position
        var stop = -1  // where the text of the word ends when a possessive ending follows
        var letters = 0
        var capitals = 0
        while end < scalars.count {
            let scalar = scalars[end]
            if CharacterClass.isLetter(scalar) {
                letters += 1
                if CharacterClass.isCapital(scalar) { capitals += 1 }
            } else if CharacterClass.isApostrophe(scalar) {
                guard CharacterClass.isLetter(self.scalar(end + 1)) else { break }
                if isPossessive(at: end) {
                    stop = end
                    end += 2
                    break
                }
            } else if joinsWord(at: end) {
            } else if !CharacterClass.isDigit(scalar) {
                break
            }
            end += 1
        }
        let wordEnd = stop >= 0 ? stop : end
        if let contract = contract(start, wordEnd) {
            append(.contract(contract), from: start, to: end)
            return
        }
        var token = Token(
            range: Int(offsets[start])..<Int(offsets[end]), kind: .word, hash: hash(position, wordEnd))
        if stop >= 0 { capitals = min(capitals, letters) }
        token.letterCount = letters
        token.isCapitals = letters > 0 && capitals == letters
        token.startsWithCapital = CharacterClass.isCapital(scalars[position])
        token.hasDollar = hasDollar
        tokens.append(token)
        position = end
    }

    /// "'s" at the end of a word.
    func isPossessive(at index: Int) -> Bool {
        (scalar(index + 1) | 0x20) == 0x73 && !CharacterClass.isLetter(scalar(index + 2)) && !CharacterClass.isDigit(scalar(index + 2))
    }

    /// Marks inside a word: "S&P", "BRK.B", "Amazon.com", "AAPL_20240119_150_C".
    private func joinsWord(at index: Int) -> Bool {
        let next = scalar(index + 1)
        switch scalars[index] {
        case 0x26, 0x2E: return CharacterClass.isLetter(next) && CharacterClass.isLetter(scalar(index - 1))
        case 0x5F: return CharacterClass.isLetter(next) || CharacterClass.isDigit(next)
        default: return false
        }
    }

    private func contract(_ start: Int, _ end: Int) -> OptionContract? {
        guard (11...32).contains(end - start), CharacterClass.isDigit(scalars[end - 1]) || scalars[start..<end].contains(0x5F)
        else { return nil }
        var text = ""
        for value in scalars[start..<end] {
            guard value < 128, let scalar = Unicode.Scalar(value) else { return nil }
            text.unicodeScalars.append(scalar)
        }
        return try? OptionContract(parsing: text)
    }

    // MARK: Marks

    private mutating func readMark() {
        let start = position
        let mark = scalars[start]
        let next = scalar(start + 1)
        if mark == 0x24, CharacterClass.isLetter(next) {
            position = start + 1
            readWord(start: start, hasDollar: true)
            return
        }
        switch mark {
        case 0x3C, 0x3E, 0x3D,
            0x21 where next == 0x3D:  // < > = !=
            let isPair = next == 0x3D || (mark == 0x3D && (next == 0x3C || next == 0x3E))
            append(.mark, from: start, to: start + (isPair ? 2 : 1))
        case 0x2E where next == 0x2E:  // ".." of a range
            var end = start
            while scalar(end) == 0x2E, end < start + 3 { end += 1 }
            append(.mark, from: start, to: end)
        case 0x2D, 0x2013, 0x2014, 0x2212:
            readDash()
        case 0x7C where isAbsoluteValue(start): append(.separator, from: start, to: start + 1)
        case 0x2C, 0x3B, 0x2F, 0x7C, 0x5B, 0x5D, 0x2B, 0x26, 0x25, 0x24, 0x7E, 0x2A, 0xB1, 0x2248, 0x2264, 0x2265, 0xD7, 0xA2:
            append(.mark, from: start, to: start + 1)
        default:
            append(.separator, from: start, to: start + 1)
        }
    }

    /// "|delta|": the bars around one word, which join nothing.
    private func isAbsoluteValue(_ index: Int) -> Bool {
        func end(from start: Int, step: Int) -> Int {
            var place = start + step
            while CharacterClass.isLetter(scalar(place)) { place += step }
            return place
        }
        let (after, before) = (end(from: index, step: 1), end(from: index, step: -1))
        return after > index + 1 && scalar(after) == 0x7C && before == index - 1
            || before < index - 1 && scalar(before) == 0x7C && after == index + 1
    }

    /// A hyphen inside a compound is not a token; between numbers, or alone, it is.
    private mutating func readDash() {
        let start = position
        let before = scalar(start - 1)
        let after = scalar(start + 1)
        let joins =
            !CharacterClass.isSpace(before) && !CharacterClass.isSpace(after) && start > 0
            && (CharacterClass.isLetter(before) || CharacterClass.isLetter(after))
            && (CharacterClass.isLetter(after) || CharacterClass.isDigit(after)) && !isBetweenNumbers(start) && !isBetweenUnits(start)
        if joins {
            position += 1
        } else {
            append(.mark, from: start, to: start + 1)
        }
    }
}

extension Lexer {
    /// "30d-60d", "10Δ-20Δ": the dash follows a number with its unit and stands before a number.
    private func isBetweenUnits(_ index: Int) -> Bool {
        guard CharacterClass.isDigit(scalar(index + 1)), tokens.count >= 2 else { return false }
        let (number, unit) = (tokens[tokens.count - 2], tokens[tokens.count - 1])
        guard case .number = number.kind, unit.letterCount > 0, unit.letterCount <= 2, unit.range.upperBound == Int(offsets[index]) else {
            return false
        }
        return number.range.upperBound == unit.range.lowerBound
    }

    /// "1.2k-3k": the dash follows a number and stands before another.
    private func isBetweenNumbers(_ index: Int) -> Bool {
        guard CharacterClass.isDigit(scalar(index + 1)), let last = tokens.last, last.range.upperBound == Int(offsets[index]),
            case .number = last.kind
        else { return false }
        return true
    }
}

/// Classes of scalars, and their folding to lower case without accents.
enum CharacterClass {
    static func isDigit(_ scalar: UInt32) -> Bool { scalar >= 0x30 && scalar <= 0x39 }
    static func isSpace(_ scalar: UInt32) -> Bool {
        scalar == 0x20 || (scalar >= 9 && scalar <= 13) || scalar == 0xA0 || scalar == 0x3000 || (scalar >= 0x2000 && scalar <= 0x200B)
    }
    static func isApostrophe(_ scalar: UInt32) -> Bool { scalar == 0x27 || scalar == 0x2019 }
    static func isCapital(_ scalar: UInt32) -> Bool {
        (scalar >= 0x41 && scalar <= 0x5A) || (scalar >= 0xC0 && scalar <= 0xDE && scalar != 0xD7)
    }
    static func isLetter(_ scalar: UInt32) -> Bool {
        let lower = scalar | 0x20
        if lower >= 0x61 && lower <= 0x7A { return scalar < 0x80 }
        guard scalar >= 0xAA else { return false }
        switch scalar {
        case 0xAB, 0xAC, 0xAD, 0xAE, 0xAF, 0xB0, 0xB1, 0xB4, 0xB6, 0xB7, 0xB8, 0xBB, 0xBF, 0xD7, 0xF7: return false
        case 0x2000...0x2BFF, 0x3000...0x3020, 0xFE00...0xFE0F, 0xFEFF, 0xE000...0xF8FF: return false
        default: return true
        }
    }

    /// Lower case without accents for Latin letters; 0 for a scalar that does not count (an apostrophe).
    static func folded(_ scalar: UInt32) -> UInt32 {
        if scalar < 0x80 {
            if scalar >= 0x41 && scalar <= 0x5A { return scalar | 0x20 }
            return scalar == 0x27 ? 0 : scalar
        }
        if scalar == 0x2019 { return 0 }
        if scalar == 0x394 { return 0x3B4 }  // Δ and δ
        guard scalar >= 0xC0, scalar <= 0xFF else {
            // Dashes are one mark.
            return scalar == 0x2014 || scalar == 0x2212 ? 0x2D : scalar == 0x2013 ? 0x2D : scalar
        }
        return plainLatin[Int(scalar - 0xC0)]
    }

    /// U+00C0…U+00FF as plain letters where there is one.
    private static let plainLatin: [UInt32] = Array(
        "aaaaaaaceeeeiiiidnooooo×ouuuuytsaaaaaaaceeeeiiiidnooooo÷ouuuuyty".unicodeScalars.map(\.value))
}
