import Synchronization

/// Finds the one word of the gazetteer that a misspelt word can be: within one edit, two from eight letters on.
///
/// Words are indexed by their forms with deleted letters (symmetric deletion), so that the cost of a look-up does not depend on
/// the size of the gazetteer. The index is built on first use, because most questions have no unknown word.
final class Speller: Sendable {
    private struct Index: Sendable {
        var candidates: [UInt64: [Int32]] = [:]
        let spellings: [[UInt32]]
    }

    private let gazetteer: Gazetteer
    private let index = Mutex<Index?>(nil)

    init(_ gazetteer: Gazetteer) { self.gazetteer = gazetteer }

    private func made() -> Index {
        index.withLock { index in
            if let index { return index }
            let made = makeIndex()
            index = made
            return made
        }
    }

    private func makeIndex() -> Index {
        var index = Index(
            spellings: gazetteer.spellings.map {
                $0.unicodeScalars.compactMap {
                    let folded = CharacterClass.folded($0.value); return folded == 0 ? nil : folded
                }
            })
        for (number, spelling) in index.spellings.enumerated() where gazetteer.isCorrection[number] && spelling.count >= 4 {
            for hash in Self.deletions(spelling, Self.edits(spelling.count)) { index.candidates[hash, default: []].append(Int32(number)) }
        }
        return index
    }

    private static func edits(_ length: Int) -> Int { length >= 8 ? 2 : 1 }

    /// The nearest words within reach: none, one, or several equally near.
    func corrections(of word: [UInt32]) -> [Int32] {
        guard (4...24).contains(word.count) else { return [] }
        let reach = Self.edits(word.count)
        let index = made()
        var best: (cost: Int, words: [Int32]) = (.max, [])
        var seen: Set<Int32> = []
        for hash in Self.deletions(word, reach) {
            for candidate in index.candidates[hash] ?? [] where seen.insert(candidate).inserted {
                let other = index.spellings[Int(candidate)]
                guard word.first == other.first || word.count > 5, Self.distance(word, other) <= reach else { continue }
                let cost = Self.cost(word, other)
                if cost < best.cost { best = (cost, [candidate]) } else if cost == best.cost { best.words.append(candidate) }
            }
        }
        return best.words
    }

    /// How unlikely the typing error is: a doubled letter is the likeliest, then a swap, then a missing letter, then a wrong
    /// one, then one too many.
    private static func cost(_ word: [UInt32], _ other: [UInt32]) -> Int {
        let edits = distance(word, other)
        guard edits == 1 else { return edits * 10 }
        if word.count == other.count {
            let places = word.indices.filter { word[$0] != other[$0] }
            return places.count == 2 ? 2 : 4
        }
        let (short, long) = word.count < other.count ? (word, other) : (other, word)
        let place = short.indices.first { short[$0] != long[$0] } ?? short.count
        if place > 0, long[place] == long[place - 1] { return 1 }
        // A letter is missed more often than another is put in.
        return word.count < other.count ? 3 : 5
    }

    private static func deletions(_ word: [UInt32], _ depth: Int) -> Set<UInt64> {
        var all: Set<UInt64> = [hash(word, skipping: -1, -1)]
        for first in word.indices {
            all.insert(hash(word, skipping: first, -1))
            if depth == 2 {
                for second in word.indices.dropFirst(first + 1) { all.insert(hash(word, skipping: first, second)) }
            }
        }
        return all
    }

    private static func hash(_ word: [UInt32], skipping one: Int, _ other: Int) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in word.indices where index != one && index != other { hash = (hash ^ UInt64(word[index])) &* 0x100_0000_01b3 }
        return hash
    }

    /// Damerau-Levenshtein distance (adjacent transpositions count one).
    static func distance(_ a: [UInt32], _ b: [UInt32]) -> Int {
        var before = [Int](repeating: 0, count: b.count + 1)
        var previous = Array(0...b.count)
        for i in a.indices {
            var current = [i + 1] + [Int](repeating: 0, count: b.count)
            for j in b.indices {
                var cost = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
                current[j + 1] = cost
            }
            before = previous
            previous = current
        }
        return previous[b.count]
    }
}
