import TestSupport

/// Makes questions from a list: joins, cuts, misspells, shouts, reorders and salts them, from a seed.
struct QuestionMutator {
    private var random: SplitMix
    private let questions: [String]
    private let words: [String]
    private static let salt = [
        "", "and", "or", "not", "but", ",", "/", "-", "$", "%", "5", "100", "1,000", ".3", "2014", "June", "purple", "zebra", "the", "of", "(", ")",
        "more", "than", "over", "between", "to", "\u{202E}", "AAPL", "$XYZ", "10k", "2x", "90s", "2014-02-31", "without", "expiring", "calls",
    ]

    init(seed: UInt64, questions: [String]) {
        random = SplitMix(state: seed)
        self.questions = questions
        words = questions.flatMap { $0.split(separator: " ").map(String.init) }
    }

    mutating func next() -> String {
        var parts = questions[random.below(questions.count)].split(separator: " ").map(String.init)
        for _ in 0..<random.below(4) { change(&parts) }
        return parts.joined(separator: " ")
    }

    private mutating func change(_ parts: inout [String]) {
        guard !parts.isEmpty else { return }
        let place = random.below(parts.count)
        switch random.below(8) {
        case 0: parts.remove(at: place)
        case 1: parts.insert(words[random.below(words.count)], at: place)
        case 2: parts.insert(Self.salt[random.below(Self.salt.count)], at: place)
        case 3: parts[place] = misspelt(parts[place])
        case 4: parts = parts.map { $0.uppercased() }
        case 5: parts[place] = parts[place].capitalized
        case 6: parts = Array(parts[place...] + parts[..<place])
        default: parts.swapAt(place, random.below(parts.count))
        }
    }

    private mutating func misspelt(_ word: String) -> String {
        var letters = Array(word)
        guard letters.count > 3 else { return word }
        let place = random.below(letters.count - 1)
        switch random.below(3) {
        case 0: letters.swapAt(place, place + 1)
        case 1: letters.remove(at: place)
        default: letters[place] = "x"
        }
        return String(letters)
    }
}

extension SplitMix {
    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(1, limit))) }
}
