/// Damages bytes the way broken downloads, careless tools and ill will do.
struct Mutator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x2545_F491_4F6C_DD1D }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }

    mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }

    /// Pieces that mean something to the readers.
    private static let pieces: [[UInt8]] =
        [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\n", "\r\n", " ", "0", "-1", "1e999", "-0", "01", "1.5", "null", "true", "\"\"",
            "18446744073709551615", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "4294967296", "1048576",
            "\\u0000", "\\ud800", "\\ud83d\\ude00", "\\u12", "\"dtype\"", "\"F32\"", "\"BF16\"", "\"F8_E4M3\"", "\"I64\"", "\"shape\"",
            "\"data_offsets\"", "[0,0]", "[0,8]", "[8,0]", "\"__metadata__\"", "\"vocab\"", "\"model\"", "\"hidden_size\"", "##", "[CLS]",
            "[UNK]", "\u{FEFF}", "é", "\u{301}", "日",
        ].map { Array($0.utf8) } + [[0], [0xFF], [0xC3], [0xF4, 0x90, 0x80, 0x80], [0xED, 0xA0, 0x80]]

    /// One to six changes, most often one or two.
    mutating func damage(_ bytes: inout [UInt8]) {
        for _ in 0...below(oneIn(3) ? 6 : 2) { change(&bytes) }
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return bytes = Self.pieces[below(Self.pieces.count)] }
        let at = below(bytes.count), end = min(bytes.count, at + 1 + below(oneIn(8) ? 400 : 12))
        switch below(10) {
        case 0: bytes[at] ^= 1 << UInt8(below(8))
        case 1: bytes[at] = UInt8(truncatingIfNeeded: next())
        case 2: bytes.removeSubrange(at..<end)
        case 3: bytes.insert(contentsOf: bytes[at..<end], at: below(bytes.count + 1))
        case 4: bytes.insert(contentsOf: Self.pieces[below(Self.pieces.count)], at: at)
        case 5: bytes.replaceSubrange(at..<end, with: Self.pieces[below(Self.pieces.count)])
        case 6:
            guard oneIn(4) else { return replaceNumber(near: at, in: &bytes) }
            bytes.removeSubrange(at...)
        case 7:
            guard oneIn(4) else { return replaceNumber(near: at, in: &bytes) }
            // Deep nesting, or very long strings and numbers.
            let piece = Self.pieces[below(Self.pieces.count)]
            bytes.insert(contentsOf: (0..<(oneIn(10) ? 3000 : 100)).flatMap { _ in piece }, at: at)
        default: replaceNumber(near: at, in: &bytes)
        }
    }

    /// Sets the next number to another: sizes, offsets and ids decide what is read where.
    private mutating func replaceNumber(near start: Int, in bytes: inout [UInt8]) {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard let first = bytes[start...].firstIndex(where: digits.contains) else { return }
        let end = bytes[first...].firstIndex { !digits.contains($0) } ?? bytes.count
        let old = Int(String(decoding: bytes[first..<end], as: UTF8.self)) ?? 0
        let new =
            switch below(6) {
            case 0: String(old &+ 1)
            case 1: String(old &- 1)
            case 2: String(old &* 2)
            case 3: String(below(64))
            case 4: String(Int64.max / Int64(1 + below(9)))
            default: String(UInt64.max >> UInt64(below(34)))
            }
        bytes.replaceSubrange(first..<end, with: Array(new.utf8))
    }
}
