import Base
import HDF5
import MarketData
import ObjectStore

/// A dataset of dates `YYYY-MM-DD`, as fixed-length or variable-length texts in ASCII or UTF-8.
enum DateColumn {
    private static let remedy = "write dates as np.array(dates, 'S10')"

    /// Reads the dates of a group, in stored order.
    /// - Parameter file: the file that contains the group.
    /// - Throws: `HDF5Error` when the group has no dataset of dates, or a text in it is not a date.
    static func read(_ group: HDF5Group, of file: MemoryMap) throws(HDF5Error) -> [Day] {
        let dataset = try group.dataset("dates")
        if dataset.type == .variableText { return try readVariable(dataset, file) }
        guard case .text = dataset.type, dataset.columns == nil else {
            throw HDF5Error(
                .wrongType, file: dataset.file.path, object: dataset.path,
                "holds \(dataset.columns == nil ? "" : "a table of ")\(dataset.type), not a list of texts YYYY-MM-DD; \(remedy)")
        }
        let (bytes, width) = try dataset.readTextBytes()
        var days: [Day] = []
        days.reserveCapacity(bytes.count / max(width, 1))
        var failure: HDF5Error?
        bytes.withUnsafeBufferPointer { bytes in
            for start in stride(from: 0, to: bytes.count, by: width) {
                let text = UnsafeBufferPointer(rebasing: bytes[start..<start + width])
                guard let day = parse(text) else {
                    failure = noDate(text, start / width, dataset)
                    return
                }
                days.append(day)
            }
        }
        if let failure { throw failure }
        return days
    }

    private static func readVariable(_ dataset: HDF5Dataset, _ file: MemoryMap) throws(HDF5Error) -> [Day] {
        var days: [Day] = []
        try file.withBytes { (bytes) throws(HDF5Error) in
            try dataset.readVariableTexts(in: bytes) { (row, text) throws(HDF5Error) in
                let text = text.bindMemory(to: UInt8.self)
                guard let day = parse(text) else { throw noDate(text, row, dataset) }
                days.append(day)
            }
        }
        return days
    }

    private static func noDate(_ text: UnsafeBufferPointer<UInt8>, _ row: Int, _ dataset: HDF5Dataset) -> HDF5Error {
        let shown = String(decoding: text.prefix(40).prefix { $0 != 0 }, as: UTF8.self)
        return HDF5Error(.wrongType, file: dataset.file.path, object: dataset.path, "row \(row) holds '\(shown)', not a date YYYY-MM-DD; \(remedy)")
    }

    /// `Day(iso:)` without a string: large files have tens of millions of dates.
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
