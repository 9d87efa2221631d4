import Base

/// The first line of a CSV file: the position of each column. Names are compared without regard to case and outer spaces.
struct CSVHeader {
    /// Lower-cased names in file order.
    let names: [String]

    static let columnLimit = 1024

    /// - Parameter line: the bytes of the first line without its line break and byte order mark.
    init(key: String, line: some Collection<UInt8>) throws(MarketFileError) {
        let bytes = Array(line)
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw .unusableHeader(key: key, column: nil, problem: "it is UTF-16 text; convert it to UTF-8")
        }
        if bytes.contains(0) {
            throw .unusableHeader(key: key, column: nil, problem: "its first line holds NUL bytes, so it is not a text file")
        }
        if GitLFS.isPointer(bytes) { throw .unusableHeader(key: key, column: nil, problem: "it is \(GitLFS.problem)") }
        if bytes.contains(UInt8(ascii: "\r")) {
            let isDoubled = bytes.firstIndex(of: UInt8(ascii: "\r")) == bytes.count - 1
            throw .unusableHeader(
                key: key, column: nil,
                problem: isDoubled
                    ? "its lines end in \\r\\r\\n, as Python's csv module writes them on Windows without newline=''; convert them to \\n"
                    : "its lines end in \\r alone; convert them to \\n")
        }
        var names: [String] = []
        var field: [UInt8] = []
        var index = 0
        var isQuoted = false
        func finish() {
            names.append(Self.normalized(String(decoding: field, as: UTF8.self)))
            field.removeAll(keepingCapacity: true)
        }
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\"") where isQuoted && index < bytes.count && bytes[index] == UInt8(ascii: "\""):
                field.append(byte)
                index += 1
            case UInt8(ascii: "\""):
                isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted:
                finish()
            default:
                field.append(byte)
            }
        }
        finish()
        if names.count > Self.columnLimit {
            throw .unusableHeader(
                key: key, column: nil, problem: "its header has \(names.count) columns; \(Self.columnLimit) are allowed")
        }
        self.names = names
    }

    private static func normalized(_ name: String) -> String {
        var text = Substring(name.lowercased())
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }

    /// The position of a column; `nil` if there is none.
    func position(of name: String, key: String) throws(MarketFileError) -> Int? {
        guard let first = names.firstIndex(of: name) else { return nil }
        guard names[(first + 1)...].firstIndex(of: name) == nil else {
            throw .unusableHeader(key: key, column: name, problem: "the column \"\(name)\" appears twice in its header")
        }
        return first
    }

    /// The positions of required columns.
    func positions(of required: [String], key: String) throws(MarketFileError) -> [Int] {
        var positions: [Int] = []
        var missing: [String] = []
        for name in required {
            if let position = try position(of: name, key: key) { positions.append(position) } else { missing.append(name) }
        }
        guard missing.isEmpty else {
            let found = names.prefix(20).map { $0.isEmpty ? "(empty)" : String($0.prefix(40)) }.joined(separator: ", ")
            let columns = missing.map { "\"\($0)\"" }.joined(separator: ", ")
            let what = missing.count == 1 ? "the column \(columns) is" : "the columns \(columns) are"
            throw .unusableHeader(
                key: key, column: missing[0], problem: "\(what) missing from its header, which has: \(found)")
        }
        return positions
    }
}
