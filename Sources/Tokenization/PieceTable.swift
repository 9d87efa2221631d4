/// Looks up word pieces by their bytes: open addressing, with a hash that takes sixteen bytes at a time.
struct PieceTable: Sendable {
    /// A piece, without the prefix of a continuing one.
    struct Entry: Sendable {
        /// The first sixteen bytes, padded with zeros.
        var low: UInt64
        var high: UInt64
        var id: Int32
        /// Offset of its bytes in `text`.
        var offset: UInt32
        var length: UInt32
        /// Whether it continues a word.
        var continues: Bool
    }

    /// Index of an entry, starting from 1, in the lower 20 bits, and hash bits above; 0 for an empty slot.
    private(set) var slots: [UInt32]
    private(set) var entries: [Entry] = []
    /// UTF-8 of all entries, followed by sixteen extra bytes, so that sixteen bytes can be loaded from anywhere.
    private(set) var text: [UInt8] = []
    /// Byte lengths of the longest piece that starts a word and of the longest that continues one.
    private(set) var maximumLengths = (initial: 1, continuing: 1)

    /// Extra bytes that a buffer must have after the last byte to look up.
    static let padding = 16

    /// - Throws: `TokenizerError` when a piece occurs twice.
    init(_ vocabulary: Vocabulary, path: String) throws(TokenizerError) {
        let count = vocabulary.ids.count
        // At most half full.
        let slotCount = 1 << max(4, Int.bitWidth - (2 * count).leadingZeroBitCount)
        slots = [UInt32](repeating: 0, count: slotCount)
        entries.reserveCapacity(count)
        text.reserveCapacity(vocabulary.text.count + Self.padding)
        let mark = Vocabulary.continuation
        for index in 0..<count {
            let piece = vocabulary.piece(index)
            let continues = piece.count > mark.count && piece.starts(with: mark)
            let bytes = continues ? piece.dropFirst(mark.count) : piece
            entries.append(
                Entry(
                    low: 0, high: 0, id: vocabulary.ids[index], offset: UInt32(text.count),
                    length: UInt32(bytes.count), continues: continues))
            text.append(contentsOf: bytes)
            if continues {
                maximumLengths.continuing = max(maximumLengths.continuing, bytes.count)
            } else {
                maximumLengths.initial = max(maximumLengths.initial, bytes.count)
            }
        }
        text.append(contentsOf: repeatElement(0, count: Self.padding))
        var duplicate: Int?
        text.withUnsafeBufferPointer { text in
            guard let start = text.baseAddress else { return }
            for index in entries.indices {
                let entry = entries[index]
                let key = Key(start + Int(entry.offset), Int(entry.length), continues: entry.continues)
                entries[index].low = key.low
                entries[index].high = key.high
                let found = entries.withUnsafeBufferPointer { entries in
                    slots.withUnsafeMutableBufferPointer { slots in
                        PieceTable.insert(UInt32(index + 1), key, entries, text, slots)
                    }
                }
                if !found, duplicate == nil { duplicate = index }
            }
        }
        if let duplicate {
            let name = String(decoding: vocabulary.piece(duplicate), as: UTF8.self)
            throw TokenizerError(path, "the piece \"\(name)\" appears twice in it")
        }
    }

    /// Fills the first free slot for a key; `false` when the key already exists.
    private static func insert(
        _ number: UInt32, _ key: Key, _ entries: UnsafeBufferPointer<Entry>, _ text: UnsafeBufferPointer<UInt8>,
        _ slots: UnsafeMutableBufferPointer<UInt32>
    ) -> Bool {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: key.hash) & mask
        while slots[slot] != 0 {
            if slots[slot] >> 20 == key.tag, key.matches(entries[Int(slots[slot] & 0xFFFFF) - 1], text) { return false }
            slot = (slot + 1) & mask
        }
        slots[slot] = key.tag << 20 | number
        return true
    }

    /// The bytes to look up.
    struct Key {
        let bytes: UnsafePointer<UInt8>
        let length: Int
        let continues: Bool
        let low: UInt64
        let high: UInt64
        let hash: UInt64

        /// The part of the hash that is stored in a slot.
        var tag: UInt32 { UInt32(truncatingIfNeeded: hash >> 52) }

        /// - Parameter bytes: `length` bytes, followed by `PieceTable.padding` readable bytes.
        @inline(__always)
        init(_ bytes: UnsafePointer<UInt8>, _ length: Int, continues: Bool) {
            let raw = UnsafeRawPointer(bytes)
            var low = UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self))
            var high: UInt64 = 0
            if length < 8 {
                low &= (1 &<< UInt64(8 &* length)) &- 1
            } else {
                high = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                if length < 16 { high &= (1 &<< UInt64(8 &* length &- 64)) &- 1 }
            }
            // Multiply and fold, as in wyhash; the odd constants are digits of pi.
            var hash = Key.fold(
                low ^ 0x243F_6A88_85A3_08D3, high ^ (continues ? 0x1319_8A2E_0370_7344 : 0xA409_3822_299F_31D0))
            if length > 16 {
                for index in 16..<length { hash = Key.fold(hash ^ UInt64(bytes[index]), 0x082E_FA98_EC4E_6C89) }
            }
            hash = Key.fold(hash ^ UInt64(length), 0x4528_21E6_38D0_1377)
            self.bytes = bytes
            self.length = length
            self.continues = continues
            self.low = low
            self.high = high
            self.hash = hash
        }

        @inline(__always)
        private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
            let product = left.multipliedFullWidth(by: right)
            return product.high ^ product.low
        }

        @inline(__always)
        func matches(_ entry: Entry, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
            guard low == entry.low, high == entry.high, length == Int(entry.length), continues == entry.continues else {
                return false
            }
            guard length > 16 else { return true }
            for index in 16..<length where bytes[index] != text[Int(entry.offset) + index] { return false }
            return true
        }
    }

    /// The table as the scanner reads it, valid for one call.
    struct View {
        let slots: UnsafeBufferPointer<UInt32>
        let entries: UnsafeBufferPointer<Entry>
        let text: UnsafeBufferPointer<UInt8>

        /// The id of a piece; `nil` when there is no such piece.
        @inline(__always)
        func id(_ key: Key) -> Int32? {
            let mask = slots.count - 1
            var slot = Int(truncatingIfNeeded: key.hash) & mask
            while slots[slot] != 0 {
                if slots[slot] >> 20 == key.tag {
                    let entry = entries[Int(slots[slot] & 0xFFFFF) - 1]
                    if key.matches(entry, text) { return entry.id }
                }
                slot = (slot + 1) & mask
            }
            return nil
        }
    }

    func withView<Result>(_ body: (View) throws -> Result) rethrows -> Result {
        try slots.withUnsafeBufferPointer { slots in
            try entries.withUnsafeBufferPointer { entries in
                try text.withUnsafeBufferPointer { text in
                    try body(View(slots: slots, entries: entries, text: text))
                }
            }
        }
    }

    /// The id of a piece that starts a word; `nil` when there is none.
    func id(_ piece: String) -> Int32? {
        let padded = Array(piece.utf8) + [UInt8](repeating: 0, count: Self.padding)
        return withView { view in
            padded.withUnsafeBufferPointer { padded in
                padded.baseAddress.flatMap { view.id(Key($0, padded.count - Self.padding, continues: false)) }
            }
        }
    }
}
