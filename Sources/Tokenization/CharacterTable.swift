/// Maps each Unicode scalar as BERT's normalizer and pre-tokenizer do.
///
/// In the original order: control characters are removed, white space becomes a space, ideographs are separated, text is
/// decomposed (NFD), non-spacing marks are removed, letters are lower-cased, and punctuation is separated. All of this works
/// on single scalars, except for the canonical ordering of marks, which uses `Entry.rank`.
struct CharacterTable: Sendable {
    enum Kind: UInt32 {
        /// Part of a word.
        case word
        /// Removed without effect.
        case removed
        /// Removed, but canonical ordering does not move marks across it.
        case removedStarter
        /// Ends a word.
        case space
        /// A word by itself.
        case punctuation
        /// Becomes several scalars, all part of a word.
        case sequence
        /// A Hangul syllable, decomposed by rule.
        case hangul
    }

    struct Entry {
        /// Bits 0–2: kind; 3–6: rank; 7: whether there is a target; from 8 on: the target.
        var bits: UInt32

        init(_ kind: Kind, rank: UInt32 = 0, target: UInt32? = nil) {
            bits = kind.rawValue | rank << 3 | (target.map { 1 << 7 | $0 << 8 } ?? 0)
        }

        init(bits: UInt32) { self.bits = bits }

        var kind: Kind { Kind(rawValue: bits & 7) ?? .word }
        /// Position among marks in canonical ordering; 0 for scalars that it does not move.
        var rank: UInt32 { bits >> 3 & 15 }

        /// The scalar that this one becomes; for a `.sequence`, the index of its scalars in `sequences`.
        func target(of scalar: UInt32) -> UInt32 { bits & 1 << 7 == 0 ? scalar : bits >> 8 }
    }

    /// Entries by scalar, in pages of 256; identical pages are stored once.
    private let pages: [UInt16]
    private let entries: [UInt32]
    /// Scalars of the `.sequence` entries; each list is preceded by its length.
    let sequences: [UInt32]

    static let shared = CharacterTable(characterData)

    /// - Parameter scalar: at most 0x10FFFF.
    func entry(_ scalar: UInt32) -> Entry {
        Entry(bits: entries[Int(pages[Int(scalar >> 8)]) << 8 | Int(scalar & 255)])
    }

    /// Rank of a scalar in canonical ordering; see `Entry.rank`.
    func rank(_ scalar: UInt32) -> UInt32 { entry(scalar).rank }

    init(_ data: StaticString) {
        var builder = Builder()
        var numbers = Numbers(data)
        // In the script's order. Ideographs come last; they are separated like punctuation.
        for kind in [Kind.removed, .removedStarter, .space, .punctuation, .punctuation] {
            var end: UInt32 = 0
            for _ in 0..<numbers.next() {
                let start = end + numbers.next()
                end = start + numbers.next()
                builder.fill(start..<end, Entry(kind))
            }
        }
        var end: UInt32 = 0
        for _ in 0..<numbers.next() {
            let start = end + numbers.next()
            end = start + numbers.next()
            builder.fill(start..<end, Entry(.word, rank: numbers.next()))
        }
        var last: UInt32 = 0
        for _ in 0..<numbers.next() {
            let start = last + numbers.next()
            let code = numbers.next()
            let distance = numbers.nextSigned()
            let (count, step) = (code / 3 / 2, code / 3 % 2 + 1)
            for index in 0..<count {
                last = start + index * step
                builder.set(last, Entry(code % 3 == 0 ? .word : .punctuation, target: last.moved(by: distance)))
            }
        }
        var sequences: [UInt32] = []
        last = 0
        for _ in 0..<numbers.next() {
            last += numbers.next()
            let count = numbers.next()
            builder.set(last, Entry(.sequence, target: UInt32(sequences.count)))
            sequences.append(count)
            var target = last
            for _ in 0..<count {
                target = target.moved(by: numbers.nextSigned())
                sequences.append(target)
            }
        }
        builder.fill(0xAC00..<0xD7A4, Entry(.hangul))
        self.sequences = sequences
        pages = builder.pages
        entries = builder.entries
    }
}

extension UInt32 {
    fileprivate func moved(by distance: Int32) -> UInt32 { UInt32(bitPattern: Int32(bitPattern: self) &+ distance) }
}

extension CharacterTable {
    /// Builds the pages of entries. Initially, all share one page of ordinary word characters.
    private struct Builder {
        var pages = [UInt16](repeating: 0, count: 0x1100)
        var entries = [UInt32](repeating: Entry(.word).bits, count: 256)
        /// Pages filled with a single entry, by its bits.
        private var uniform: [UInt32: UInt16] = [:]

        mutating func set(_ scalar: UInt32, _ entry: Entry) {
            let page = Int(scalar >> 8)
            if pages[page] == 0 {
                pages[page] = UInt16(entries.count >> 8)
                entries.append(contentsOf: entries[0..<256])
            }
            entries[Int(pages[page]) << 8 | Int(scalar & 255)] = entry.bits
        }

        mutating func fill(_ range: Range<UInt32>, _ entry: Entry) {
            var scalar = range.lowerBound
            while scalar < range.upperBound {
                if scalar & 255 == 0, scalar + 256 <= range.upperBound {
                    let page = uniform[entry.bits] ?? UInt16(entries.count >> 8)
                    if uniform.updateValue(page, forKey: entry.bits) == nil {
                        entries.append(contentsOf: repeatElement(entry.bits, count: 256))
                    }
                    pages[Int(scalar >> 8)] = page
                    scalar += 256
                } else {
                    set(scalar, entry)
                    scalar += 1
                }
            }
        }
    }

    /// Reads numbers in base 36, separated by spaces.
    private struct Numbers {
        private let data: StaticString
        private var position = 0

        init(_ data: StaticString) { self.data = data }

        mutating func next() -> UInt32 {
            var value: UInt32 = 0
            while position < data.utf8CodeUnitCount {
                let byte = data.utf8Start[position]
                position += 1
                if byte == UInt8(ascii: " ") { break }
                value = value * 36 + UInt32(byte < 58 ? byte - 48 : byte - 87)
            }
            return value
        }

        /// Like `next()`, with the sign in the lowest bit.
        mutating func nextSigned() -> Int32 {
            let value = next()
            return Int32(bitPattern: value >> 1) ^ -Int32(bitPattern: value & 1)
        }
    }
}
