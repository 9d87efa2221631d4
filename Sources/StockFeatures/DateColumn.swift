import HDF5
import MarketData

/// A dataset of dates `YYYY-MM-DD`, as texts of ten bytes in ASCII or UTF-8.
enum DateColumn {
    /// The dates of a group, in the order they stand in.
    static func read(_ group: HDF5Group) throws(HDF5Error) -> [Day] {
        let dataset = try group.dataset("dates")
        let (bytes, width) = try dataset.readTextBytes()
        var days: [Day] = []
        days.reserveCapacity(bytes.count / max(width, 1))
        var failure: HDF5Error?
        bytes.withUnsafeBufferPointer { bytes in
            for start in stride(from: 0, to: bytes.count, by: width) {
                let text = UnsafeBufferPointer(rebasing: bytes[start..<start + width])
                guard let day = parse(text) else {
                    failure = HDF5Error(
                        .wrongType, file: dataset.file.path, object: dataset.path,
                        "row \(start / width) holds '\(String(decoding: text.prefix { $0 != 0 }, as: UTF8.self))', "
                            + "not a date YYYY-MM-DD")
                    return
                }
                days.append(day)
            }
        }
        if let failure { throw failure }
        return days
    }

    /// `Day(iso:)` without a string: a large file has tens of millions of dates.
    private static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Day? {
        guard text.count >= 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            text[10...].allSatisfy({ $0 == 0 })
        else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            var value = 0
            for place in range {
                let digit = text[place] &- 48
                guard digit < 10 else { return nil }
                value = value * 10 + Int(digit)
            }
            return value
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10) else { return nil }
        return Day(year: year, month: month, day: day)
    }
}
