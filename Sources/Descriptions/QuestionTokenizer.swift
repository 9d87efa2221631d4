import Foundation
import MarketData

/// Cuts a question, an alias or a phrase of the lexicon into tokens. All of them pass through here, so that they are
/// compared in one spelling.
struct QuestionTokenizer {
    private let scalars: [Unicode.Scalar]
    private var tokens: [QuestionToken] = []
    private var position = 0
    private var isGlued = false

    /// The tokens of a text and its scalars, to which the tokens' ranges refer.
    static func tokens(of text: String) -> (tokens: [QuestionToken], scalars: [Unicode.Scalar]) {
        var tokenizer = QuestionTokenizer(text)
        tokenizer.run()
        return (tokenizer.tokens, tokenizer.scalars)
    }

    /// The token texts of a phrase, separators left out.
    static func words(of phrase: String) -> [String] {
        tokens(of: phrase).tokens.filter { !$0.isMark(",") }.map(\.text)
    }

    private init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    private func scalar(_ index: Int) -> Unicode.Scalar? {
        index >= 0 && index < scalars.count ? scalars[index] : nil
    }

    private func isDigit(_ index: Int) -> Bool {
        guard let value = scalar(index)?.value else { return false }
        return value >= 48 && value <= 57
    }

    private func isLetter(_ index: Int) -> Bool {
        guard let scalar = scalar(index) else { return false }
        let value = scalar.value
        if value < 128 { return value >= 65 && value <= 90 || value >= 97 && value <= 122 }
        return scalar.properties.isAlphabetic
    }

    private static let apostrophes: Set<Unicode.Scalar> = ["'", "’", "‘", "ʼ", "`"]
    private static let dashes: Set<Unicode.Scalar> = ["-", "–", "—", "−", "‐", "‑", "‒"]

    private mutating func run() {
        while let scalar = scalar(position) {
            let start = position
            if isDigit(position) || scalar == "." && isDigit(position + 1) && !isDigit(position - 1) {
                readNumber(negative: false)
            } else if isLetter(position) {
                readWord(isCashtag: false)
            } else if QuestionTokenizer.dashes.contains(scalar) {
                readDash()
            } else {
                readMark(scalar)
            }
            if position == start { position += 1 }
        }
    }

    private mutating func append(_ token: QuestionToken) {
        var token = token
        token.isGlued = isGlued && !tokens.isEmpty
        tokens.append(token)
        isGlued = true
    }

    private mutating func appendMark(_ text: String, length: Int = 1) {
        append(QuestionToken(text: text, form: .mark, range: position..<position + length))
        position += length
    }

    // MARK: Marks

    private mutating func readMark(_ scalar: Unicode.Scalar) {
        let next = self.scalar(position + 1)
        switch scalar {
        case "$", "#":
            if isLetter(position + 1) {
                position += 1
                readWord(isCashtag: true)
            } else if scalar == "$" {
                appendMark("$")
            } else {
                position += 1
            }
        case "<", ">", "=", "!", "≥", "≤":
            readComparison(scalar, next)
        case "~", "≈":
            appendMark("~")
        case "±":
            appendMark("±")
        case "+":
            if next == "/", let dash = self.scalar(position + 2), QuestionTokenizer.dashes.contains(dash) {
                appendMark("±", length: 3)
            } else {
                appendMark("+")
            }
        case "%", "/", ":":
            appendMark(String(scalar))
        case "&":
            append(QuestionToken(text: "and", form: .word, range: position..<position + 1))
            position += 1
        case "@":
            append(QuestionToken(text: "at", form: .word, range: position..<position + 1))
            position += 1
        case "(", "[":
            position += 1
            isGlued = false
        case ")", "]":
            position += 1
            isGlued = false
            _ = skipPossessive()
        case "." where next == ".":
            // "2014-06-02..2014-06-06"
            appendMark("-", length: 2)
            isGlued = false
        case "." where endsAbbreviation:
            position += 1
            isGlued = false
        case ",", ";", ".", "?":
            appendMark(",")
            isGlued = false
        default:
            // White space, quotation marks, emoji, control characters: separators that say nothing.
            position += 1
            isGlued = false
        }
    }

    /// Whether the full stop here ends "J.P.", "Jan." or "Inc." and no sentence.
    private var endsAbbreviation: Bool {
        guard isGlued, let last = tokens.last, last.form == .word else { return false }
        return last.range.count <= 2 || scalars[last.range].contains(".")
            || QuestionTokenizer.abbreviations.contains(last.text)
    }

    private static let abbreviations: Set<String> = [
        "inc", "corp", "ltd", "vs", "approx", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct",
        "nov", "dec", "bros", "min", "max",
    ]

    private mutating func readComparison(_ scalar: Unicode.Scalar, _ next: Unicode.Scalar?) {
        switch (scalar, next) {
        case (">", "="), ("=", ">"): appendMark(">=", length: 2)
        case ("<", "="), ("=", "<"): appendMark("<=", length: 2)
        case ("<", ">"), ("!", "="): appendMark("!=", length: 2)
        case ("=", "="): appendMark("=", length: 2)
        case ("≥", _): appendMark(">=")
        case ("≤", _): appendMark("<=")
        case ("!", _):
            appendMark(",")
            isGlued = false
        default: appendMark(String(scalar))
        }
    }

    /// A dash is a sign before a number, "to" between numbers, nothing inside a word, and a comma between words.
    private mutating func readDash() {
        let before = scalar(position - 1)
        let isSpaced = before.map { $0.properties.isWhitespace || $0 == "(" || $0 == "," || $0 == ":" } ?? true
        var next = position + 1
        if let scalar = scalar(next), QuestionTokenizer.dashes.contains(scalar) { next += 1 }
        var ahead = next
        while let scalar = scalar(ahead), scalar.properties.isWhitespace { ahead += 1 }
        let numberAhead = isDigit(ahead) || scalar(ahead) == "." && isDigit(ahead + 1) || scalar(ahead) == "$"
        let afterNumber =
            tokens.last.map { token in
                token.form == .number || token.form == .date || token.isMark("%")
                    || token.isGlued && token.text.count <= 2 && token.form == .word
            } ?? false
        if afterNumber && numberAhead && (isSpaced == (ahead > next)) {
            appendMark("-", length: next - position)
            isGlued = false
        } else if isSpaced && ahead == next && (isDigit(next) || scalar(next) == ".") && numberAhead {
            position = next
            readNumber(negative: true)
        } else {
            if isSpaced && ahead > next { append(QuestionToken(text: ",", form: .mark, range: position..<next)) }
            position = next
            isGlued = false
        }
    }

    // MARK: Words

    private mutating func readWord(isCashtag: Bool) {
        let start = position
        var letters = 0
        var capitals = 0
        var folded = ""
        // The letters since the last mark inside the word, to tell "S&P" and "U.S." from "calls&puts".
        var piece = 0
        var startsWithCapital = false
        var isPossessive = false
        loop: while let scalar = scalar(position) {
            if isLetter(position) || isDigit(position) {
                if isLetter(position) {
                    letters += 1
                    let isCapital =
                        scalar.isASCII ? scalar.value <= 90 && scalar.value >= 65 : scalar.properties.isUppercase
                    if isCapital { capitals += 1 }
                    if letters == 1 { startsWithCapital = isCapital }
                }
                if scalar.isASCII {
                    folded.unicodeScalars.append(QuestionTokenizer.lowercase(scalar))
                } else {
                    folded.append(contentsOf: QuestionTokenizer.fold(scalar))
                }
                piece += 1
                position += 1
            } else if QuestionTokenizer.apostrophes.contains(scalar) {
                if !isLetter(position + 1) {
                    position += 1
                    break loop
                }
                isPossessive =
                    (self.scalar(position + 1) == "s" || self.scalar(position + 1) == "S")
                    && !isLetter(position + 2) && !isDigit(position + 2)
                if isPossessive {
                    position += 2
                    break loop
                }
                position += 1
            } else if scalar == "." && isLetter(position + 1) {
                position += 1
                piece = 0
            } else if scalar == "&" && isLetter(position + 1) && (piece == 1 || !isLetter(position + 2)) {
                position += 1
                piece = 0
            } else if scalar.properties.generalCategory == .nonspacingMark {
                position += 1
            } else {
                break loop
            }
        }
        let lettering: QuestionToken.Lettering =
            capitals == letters && letters > 0 ? .upper : startsWithCapital ? .capitalised : .lower
        var token = QuestionToken(text: folded, form: .word, range: start..<position, lettering: lettering)
        token.isParenthesised = scalar(position) == ")" && scalar(start - 1) == "("
        token.isPossessive = isPossessive
        token.isMarkedAsTicker = isCashtag || token.isParenthesised && lettering == .upper
        if let value = QuestionTokenizer.spelled[folded], !isCashtag {
            token.text = String(value)
            token.form = .number
            token.value = Double(value)
            token.isSpelledNumber = true
        }
        append(token)
    }

    private static func lowercase(_ ascii: Unicode.Scalar) -> Unicode.Scalar {
        ascii.value >= 65 && ascii.value <= 90 ? Unicode.Scalar(UInt8(ascii.value) + 32) : ascii
    }

    private static func fold(_ scalar: Unicode.Scalar) -> String {
        if scalar.isASCII { return String(Character(lowercase(scalar))) }
        let plain = String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars
            .filter { $0.properties.generalCategory != .nonspacingMark }
        return String(String.UnicodeScalarView(plain)).lowercased()
    }

    private static let spelled: [String: Int] = [
        "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
        "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
        "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
        "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    ]

    // MARK: Numbers

    private mutating func readNumber(negative: Bool) {
        if !negative && readDate() { return }
        let start = position
        var digits = ""
        func take(_ count: Int) {
            for _ in 0..<count {
                if let scalar = scalar(position) { digits.unicodeScalars.append(scalar) }
                position += 1
            }
        }
        while isDigit(position) { take(1) }
        if (1...3).contains(digits.count) {
            while scalar(position) == ",", isDigit(position + 1), isDigit(position + 2), isDigit(position + 3),
                !isDigit(position + 4)
            {
                position += 1
                take(3)
            }
        }
        var hasFraction = false
        if scalar(position) == ".", isDigit(position + 1) {
            hasFraction = true
            take(1)
            while isDigit(position) { take(1) }
        }
        let magnitude = Double(hasFraction && digits.hasPrefix(".") ? "0" + digits : digits) ?? 0
        let value = negative ? -magnitude : magnitude
        var token = QuestionToken(
            text: value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value),
            form: .number, value: value, range: start..<position)
        // "21st", "3rd".
        if !hasFraction, !negative, isLetter(position), isLetter(position + 1), !isLetter(position + 2) {
            let ending = QuestionTokenizer.fold(scalars[position]) + QuestionTokenizer.fold(scalars[position + 1])
            if ["st", "nd", "rd", "th"].contains(ending) {
                position += 2
                token.text += ending
                token.form = .ordinal
                token.range = start..<position
            }
        }
        // "Russell 2000's", "the 2010's".
        if skipPossessive() { token.isPossessive = true }
        append(token)
    }

    /// Steps over "'s" behind a number or a closing parenthesis.
    private mutating func skipPossessive() -> Bool {
        guard let mark = scalar(position), QuestionTokenizer.apostrophes.contains(mark),
            scalar(position + 1) == "s" || scalar(position + 1) == "S", !isLetter(position + 2), !isDigit(position + 2)
        else { return false }
        position += 2
        return true
    }

    /// `2014-06-12`, `2014/6/12`, `20140612`, `6/12/2014`, `6/12/14`, `2014-06`.
    private mutating func readDate() -> Bool {
        var cursor = position
        var groups: [(value: Int, width: Int)] = []
        var separators: [Unicode.Scalar] = []
        while groups.count < 3 {
            let start = cursor
            var value = 0
            while isDigit(cursor), cursor - start < 9 {
                value = value * 10 + Int(scalars[cursor].value - 48)
                cursor += 1
            }
            if cursor == start { return false }
            groups.append((value, cursor - start))
            guard groups.count < 3, let separator = scalar(cursor), isDigit(cursor + 1),
                separator == "/" || QuestionTokenizer.dashes.contains(separator),
                separators.isEmpty || (separator == "/") == (separators[0] == "/")
            else { break }
            separators.append(separator)
            cursor += 1
        }
        if isDigit(cursor) { return false }
        guard let days = QuestionTokenizer.days(groups, slashed: separators.first == "/") else { return false }
        var token = QuestionToken(text: days.lowerBound.description, form: .date, range: position..<cursor)
        token.days = days
        position = cursor
        append(token)
        return true
    }

    private static func days(_ groups: [(value: Int, width: Int)], slashed: Bool) -> ClosedRange<Day>? {
        func single(_ day: Day?) -> ClosedRange<Day>? { day.map { $0...$0 } }
        let years = QuestionDates.plausibleYears
        switch groups.map(\.width) {
        case [8]:
            let value = groups[0].value
            guard years.contains(value / 10_000) else { return nil }
            return single(Day(year: value / 10_000, month: value / 100 % 100, day: value % 100))
        case [4, 2] where !slashed:
            guard years.contains(groups[0].value) else { return nil }
            return QuestionDates.month(groups[1].value, of: groups[0].value)
        case [4, 1, 1], [4, 1, 2], [4, 2, 1], [4, 2, 2]:
            return single(Day(year: groups[0].value, month: groups[1].value, day: groups[2].value))
        case [1, 1, 4], [1, 2, 4], [2, 1, 4], [2, 2, 4]:
            return single(Day(year: groups[2].value, month: groups[0].value, day: groups[1].value))
        case [1, 1, 2], [1, 2, 2], [2, 1, 2], [2, 2, 2]:
            guard slashed else { return nil }
            let year = groups[2].value + (groups[2].value < 70 ? 2000 : 1900)
            return single(Day(year: year, month: groups[0].value, day: groups[1].value))
        default:
            return nil
        }
    }
}
