public import Foundation

/// Names of companies and funds by ticker, and back.
///
/// Built in: the large US-listed names and funds of 2002–2025 (`Resources/aliases.csv`). A user's own file adds to
/// them: CSV (RFC 4180) with lines `symbol,name[,alias…]`, the first line optionally a header that begins with `symbol`.
public struct AliasTable: Sendable {
    private var names: [String: String] = [:]
    private var aliases: [String: [String]] = [:]

    /// The table that ships with this build.
    /// - Throws: `DescriptionError` when the resource of this build is not an alias table.
    public static func builtIn() throws(DescriptionError) -> AliasTable {
        var table = AliasTable()
        try table.add(csv: PackageResources.aliases_csv, file: "the built-in alias table")
        return table
    }

    /// The built-in table and a user's file. A symbol in both takes the user's name and all the aliases.
    /// - Parameter file: name of the file in errors.
    /// - Throws: `DescriptionError` naming the file, the line and its problem.
    public init(builtInPlus csv: [UInt8], file: String = "the alias file") throws(DescriptionError) {
        try add(csv: PackageResources.aliases_csv, file: "the built-in alias table")
        try add(csv: csv, file: file)
    }

    /// The built-in table and a user's file.
    /// - Throws: `DescriptionError` when the file cannot be read, or naming the invalid line.
    public init(builtInPlus url: URL) throws(DescriptionError) {
        let bytes: [UInt8]
        do {
            bytes = try Array(Data(contentsOf: url))
        } catch {
            throw DescriptionError("the alias file \(url.path) cannot be read: \(error.localizedDescription)")
        }
        try self.init(builtInPlus: bytes, file: url.path)
    }

    private init() {}

    /// The tickers of the table.
    public var symbols: some Collection<String> { names.keys }

    /// The name to use in a description; `nil` for a ticker that is not in the table.
    public func name(of symbol: String) -> String? { names[symbol] }

    /// The words for a ticker: "Apple (AAPL)", or the ticker alone.
    public func words(for symbol: String) -> String { names[symbol].map { "\($0) (\(symbol))" } ?? symbol }

    /// The name and the aliases of a ticker, as they are written in the table.
    package func spellings(of symbol: String) -> [String] { (names[symbol].map { [$0] } ?? []) + (aliases[symbol] ?? []) }

    private static func trimmed(_ field: String) -> String {
        // Most fields begin and end with a letter.
        if let first = field.utf8.first, let last = field.utf8.last, (33...126).contains(first), (33...126).contains(last) { return field }
        return field.trimmingCharacters(in: .whitespaces)
    }

    private mutating func add(csv: [UInt8], file: String) throws(DescriptionError) {
        var lines: [String: Int] = [:]
        var reader = AliasRecords(csv, file: file)
        while let record = try reader.next() {
            let fields = record.fields.map { Self.trimmed($0) }
            if fields.allSatisfy(\.isEmpty) { continue }
            if record.line == 1, fields[0].lowercased() == "symbol" { continue }
            let symbol = fields[0].uppercased()
            guard !symbol.isEmpty else {
                throw DescriptionError(
                    "\(file), line \(record.line): the symbol is missing; write symbol,name[,alias…]")
            }
            guard symbol.utf8.count <= 16, symbol.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
                throw DescriptionError(
                    "\(file), line \(record.line): \"\(symbol)\" is not a ticker; write symbol,name[,alias…]")
            }
            guard fields.count > 1, !fields[1].isEmpty else {
                throw DescriptionError(
                    "\(file), line \(record.line): \(symbol) has no name; write symbol,name[,alias…]")
            }
            if let earlier = lines.updateValue(record.line, forKey: symbol) {
                throw DescriptionError(
                    "\(file), line \(record.line): \(symbol) is already on line \(earlier); put all aliases on one line"
                )
            }
            // The old name stays as an alias.
            if let old = names[symbol], old != fields[1] { aliases[symbol, default: []].append(old) }
            names[symbol] = fields[1]
            aliases[symbol, default: []] += fields.dropFirst(2).filter { !$0.isEmpty }
        }
    }
}

/// The records of a small CSV file (RFC 4180): quoted fields, doubled quotes, line breaks inside quotes.
private struct AliasRecords {
    private let bytes: [UInt8]
    private let file: String
    private var position = 0
    private var line = 1

    init(_ bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    mutating func next() throws(DescriptionError) -> (fields: [String], line: Int)? {
        guard position < bytes.count else { return nil }
        let first = line
        var fields: [String] = []
        var field: [UInt8] = []
        while true {
            if position < bytes.count, bytes[position] == UInt8(ascii: "\""), field.isEmpty {
                try readQuoted(into: &field)
                guard position >= bytes.count || [44, 13, 10].contains(bytes[position]) else {
                    throw DescriptionError("\(file), line \(line): text behind a closing quote; quote the whole field")
                }
            }
            guard position < bytes.count else {
                fields.append(try text(field))
                return (fields, first)
            }
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: ","):
                fields.append(try text(field))
                field = []
            case UInt8(ascii: "\r") where position < bytes.count && bytes[position] == UInt8(ascii: "\n"): break
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                fields.append(try text(field))
                line += 1
                return (fields, first)
            default: field.append(byte)
            }
        }
    }

    private mutating func readQuoted(into field: inout [UInt8]) throws(DescriptionError) {
        let start = line
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") {
                guard position < bytes.count, bytes[position] == byte else { return }
                position += 1
            } else if byte == UInt8(ascii: "\n") {
                line += 1
            }
            field.append(byte)
        }
        throw DescriptionError("\(file), line \(start): a quote is opened and never closed")
    }

    private func text(_ field: [UInt8]) throws(DescriptionError) -> String {
        guard let text = String(validating: field, as: UTF8.self) else {
            throw DescriptionError("\(file), line \(line): not UTF-8 text; save the file as UTF-8")
        }
        return text
    }
}
