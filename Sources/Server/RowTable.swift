import MarketData
import Parquet
import StrictJSON

/// The rows of an answer as a table, with one column per member in alphabetical order. Lists and objects are written as JSON.
enum RowTable {
    /// The form of a table.
    enum Form {
        /// RFC 4180.
        case csv
        case parquet

        var mediaType: String {
            switch self {
            case .csv: "text/csv"
            case .parquet: "application/vnd.apache.parquet"
            }
        }

        /// The value of `Content-Type`.
        var contentType: String { self == .csv ? mediaType + "; charset=utf-8" : mediaType }
    }

    /// Converts an answer.
    /// - Returns: `nil` for an answer without rows.
    static func table(of answer: JSONValue, as form: Form) throws -> [UInt8]? {
        guard let (columns, rows) = rows(of: answer) else { return nil }
        return switch form {
        case .csv: try csv(columns, rows)
        case .parquet: try parquet(columns, rows)
        }
    }

    private static func rows(of answer: JSONValue) -> (columns: [String], rows: [[String: JSONValue]])? {
        let lists = ["results", "candidates", "positions", "trades"]
        guard let found = lists.lazy.compactMap({ answer[$0]?.array }).first else { return nil }
        var rows: [[String: JSONValue]] = []
        for row in found {
            guard case .object(let members) = row else { return nil }
            rows.append(members)
        }
        return (Set(rows.flatMap(\.keys)).sorted(), rows)
    }

    private static func csv(_ columns: [String], _ rows: [[String: JSONValue]]) throws -> [UInt8] {
        var text = columns.map(quoted).joined(separator: ",") + "\r\n"
        for members in rows {
            text += try columns.map { try cell(members[$0] ?? .null) }.joined(separator: ",") + "\r\n"
        }
        return Array(text.utf8)
    }

    /// Numbers are doubles, whole or not, so that all answers of a path have the same types.
    private static func parquet(_ names: [String], _ rows: [[String: JSONValue]]) throws -> [UInt8] {
        // A file needs a column, also for an answer without a row.
        let names = names.isEmpty ? ["results"] : names
        let made = try names.map { name in try column(name, rows.map { $0[name] ?? .null }) }
        return try ParquetWriter.bytes(made.map(\.0), try ParquetRowGroup(made.map(\.0), made.map(\.1)))
    }

    private static func column(_ name: String, _ values: [JSONValue]) throws -> (ParquetColumn, ParquetColumnData) {
        let isNull = values.map { $0 == .null }
        let present = values.filter { $0 != .null }
        func all<Value>(_ convert: (JSONValue) -> Value?) -> [Value]? {
            let converted = present.compactMap(convert)
            return converted.count == present.count && !present.isEmpty ? converted : nil
        }
        /// The values in their rows, with a placeholder where there is none.
        func spread<Value>(_ converted: [Value], _ placeholder: Value) -> [Value] {
            var rest = converted[...]
            return isNull.map { $0 ? placeholder : rest.removeFirst() }
        }
        func isDay(_ value: JSONValue) -> Day? { value.string.flatMap { Day(iso: $0) } }
        if let numbers = all(\.double) {
            return (ParquetColumn(name, .double), ParquetColumnData(.doubles(spread(numbers, 0)), isNull: isNull))
        }
        if let flags = all(\.bool) { return (ParquetColumn(name, .boolean), ParquetColumnData(.booleans(spread(flags, false)), isNull: isNull)) }
        if let days = all(isDay) {
            return (ParquetColumn(name, .date), ParquetColumnData(.int32(spread(days.map(\.rawValue), 0)), isNull: isNull))
        }
        let texts = try values.map { value in
            if let text = value.string { return text }
            return value == .null ? "" : String(decoding: try JSONText.encode(value), as: UTF8.self)
        }
        return (ParquetColumn(name, .string), ParquetColumnData(.texts(ParquetTexts(texts)), isNull: isNull))
    }

    private static func cell(_ value: JSONValue) throws -> String {
        switch value {
        case .null: ""
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): quoted(value)
        case .array, .object: quoted(String(decoding: try JSONText.encode(value), as: UTF8.self))
        }
    }

    private static func quoted(_ text: String) -> String {
        guard text.contains(where: { [",", "\"", "\n", "\r", "\r\n"].contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
