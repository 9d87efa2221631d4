import Foundation
import Parquet
import TestSupport
import Testing

/// Files of random columns, read by pyarrow, DuckDB and Polars.
@Suite struct ReaderTests {
    /// A column, its values, and the same for Python: floats as their bits.
    private struct Column: Encodable {
        var name: String
        var type: String
        var values: [Value]

        enum Value: Encodable {
            case null
            case number(Int)
            case text(String)
            case list([Int])

            func encode(to encoder: any Encoder) throws {
                var box = encoder.singleValueContainer()
                switch self {
                case .null: try box.encodeNil()
                case .number(let value): try box.encode(value)
                case .text(let value): try box.encode(value)
                case .list(let values): try box.encode(values)
                }
            }
        }
    }

    private static func floats(_ random: inout SplitMix) -> Float {
        [0, -0.0, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 22.85, Float.random(in: -1...1, using: &random)]
            .randomElement(using: &random) ?? 0
    }

    /// Random values of a type: many distinct ones or few, with or without nulls.
    private static func column(_ type: ParquetType, _ rows: Int, _ random: inout SplitMix) -> (ParquetColumnData, Column) {
        let hasNulls = Bool.random(using: &random)
        let share = Double.random(in: 0...1, using: &random)
        let isNull = hasNulls ? (0..<rows).map { _ in Double.random(in: 0..<1, using: &random) < share } : nil
        // Few values, so that a dictionary pays, in half of the columns.
        let few = Bool.random(using: &random) ? 1 << Int.random(in: 0...5, using: &random) : nil
        func pick<Value>(_ make: (inout SplitMix) -> Value) -> [Value] {
            guard let few else { return (0..<rows).map { _ in make(&random) } }
            let choices = (0..<few).map { _ in make(&random) }
            return (0..<rows).map { _ in choices[Int.random(in: 0..<few, using: &random)] }
        }
        func described<Value>(_ name: String, _ values: [Value], _ form: (Value) -> Column.Value) -> Column {
            Column(name: "", type: name, values: values.indices.map { isNull?[$0] == true ? .null : form(values[$0]) })
        }
        switch type {
        case .boolean:
            let values = pick { Bool.random(using: &$0) }
            return (ParquetColumnData(.booleans(values), isNull: isNull), described("bool", values) { .number($0 ? 1 : 0) })
        case .int32, .date, .decimal:
            let bounds = type == .int32 ? Int32.min...Int32.max : type == .date ? -719_162...200_000 : -999_999_999...999_999_999
            let values = pick { Int32.random(in: bounds, using: &$0) }
            return (ParquetColumnData(.int32(values), isNull: isNull), described("int", values) { .number(Int($0)) })
        case .int64:
            let values = pick { Int64.random(in: .min ... .max, using: &$0) }
            return (ParquetColumnData(.int64(values), isNull: isNull), described("int", values) { .number(Int($0)) })
        case .uint32:
            let values = pick { UInt32.random(in: .min ... .max, using: &$0) }
            return (ParquetColumnData(.uint32(values), isNull: isNull), described("int", values) { .number(Int($0)) })
        case .float:
            let values = pick(floats)
            return (ParquetColumnData(.floats(values), isNull: isNull), described("f4", values) { .number(Int($0.bitPattern)) })
        case .double:
            let values = pick { Double(floats(&$0)) * 1.1 }
            return (
                ParquetColumnData(.doubles(values), isNull: isNull), described("f8", values) { .number(Int(bitPattern: UInt($0.bitPattern))) }
            )
        case .string:
            let values = pick { random in
                String((0..<Int.random(in: 0...12, using: &random)).map { _ in "aZ0 ,\"\né😀𝄞".randomElement(using: &random) ?? "x" })
            }
            let description = described("text", values, Column.Value.text)
            if Bool.random(using: &random) { return (ParquetColumnData(.texts(ParquetTexts(values)), isNull: isNull), description) }
            // A dictionary that begins with unused entries, and one with a repeated entry.
            let dictionary = ["unused", "unused too"] + Set(values).sorted() + ["unused"]
            let codes = values.map { UInt32(dictionary.firstIndex(of: $0) ?? 0) }
            return (ParquetColumnData(.codes(codes, dictionary: dictionary), isNull: isNull), description)
        case .floatList:
            let dimension = Int.random(in: 1...40, using: &random)
            let values = (0..<rows * dimension).map { _ in floats(&random) }
            let vectors = (0..<rows).map { Array(values[$0 * dimension..<($0 + 1) * dimension]) }
            return (
                ParquetColumnData(.vectors(values, dimension: dimension), isNull: isNull),
                described("vector", vectors) { .list($0.map { Int($0.bitPattern) }) }
            )
        }
    }

    private static let types: [ParquetType] = [
        .boolean, .int32, .int64, .uint32, .float, .double, .string, .date, .decimal(precision: 9, scale: 3), .decimal(precision: 9, scale: 0),
        .floatList,
        .string,
    ]

    /// Compares values bit by bit in pyarrow, with checksums of pages; bounds and counts of nulls; then the other readers with pyarrow.
    private static let script = """
        import json, math, sys, struct
        import duckdb, numpy as np, polars as pl, pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq
        def bits(column, name):
            kind, value = {"f4": (np.float32, np.uint32), "f8": (np.float64, np.int64)}[name]
            return [None if x is None else int(np.array(x, kind).view(value)) for x in column.to_pylist()]
        def same(a, b):
            if isinstance(a, list) and isinstance(b, list): return len(a) == len(b) and all(map(same, a, b))
            return a == b or (isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b))
        files = 0
        for path in sys.argv[1:]:
            expected = json.load(open(path + ".json"))
            file = pq.ParquetFile(path, page_checksum_verification=True)
            table = file.read()
            assert table.schema.metadata["größe".encode()] == b"1"
            assert table.num_rows == len(expected[0]["values"]) and table.column_names == [c["name"] for c in expected]
            for column in expected:
                found, name = table[column["name"]], column["type"]
                if name == "vector":
                    flat = found.to_numpy(zero_copy_only=False)
                    values = [None if v is None else np.asarray(v, np.float32).view(np.uint32).tolist() for v in flat]
                elif name in ("f4", "f8"): values = bits(found, name)
                elif name == "bool": values = [None if v is None else int(v) for v in found.to_pylist()]
                elif name == "text": values = found.to_pylist()
                elif pa.types.is_decimal(found.type): values = [None if v is None else int(v.scaleb(found.type.scale)) for v in found.to_pylist()]
                elif pa.types.is_date(found.type): values = found.cast(pa.int32()).to_pylist()
                else: values = found.to_pylist()
                assert values == column["values"], (path, column["name"], name)
            for group in range(file.num_row_groups):
                rows = file.read_row_group(group)
                for place in range(file.metadata.num_columns):
                    chunk = file.metadata.row_group(group).column(place)
                    column = rows[place]
                    stats = chunk.statistics
                    assert stats.null_count == column.null_count, (path, chunk.path_in_schema)
                    if pa.types.is_list(column.type): continue
                    present = column.drop_null()
                    if pa.types.is_floating(column.type): present = present.filter(pc.invert(pc.is_nan(present)))
                    assert stats.has_min_max == (len(present) > 0), (path, chunk.path_in_schema)
                    if len(present):
                        values = present.to_pylist()
                        if pa.types.is_string(column.type): values = [v.encode() for v in values]
                        low, high = min(values), max(values)
                        if pa.types.is_string(column.type): low, high = low.decode(), high.decode()
                        assert (stats.min, stats.max) == (low, high), (path, chunk.path_in_schema, stats.min, low, stats.max, high)
            polars = pl.read_parquet(path)
            duck = duckdb.sql(f"select * from read_parquet('{path}')")
            assert duck.columns == table.column_names
            by_duck = list(zip(*duck.fetchall())) or [()] * len(table.column_names)
            for place, name in enumerate(table.column_names):
                values = table[name].to_pylist()
                assert same(polars[name].to_list(), values), ("polars", path, name)
                assert same(list(by_duck[place]), values), ("duckdb", path, name)
                # Readers skip row groups by their bounds.
                kind = table[name].type
                if pa.types.is_integer(kind) or pa.types.is_date(kind):
                    some = [v for v in values if v is not None]
                    if some:
                        middle = some[len(some) // 2]
                        count = sum(v >= middle for v in some)
                        found = duckdb.execute(f'select count(*) from read_parquet(?) where "{name}" >= ?', [path, middle]).fetchall()[0][0]
                        assert found == count and polars.lazy().filter(pl.col(name) >= middle).collect().height == count, (path, name)
                        assert pq.read_table(path, filters=[(name, ">=", middle)]).num_rows == count
            files += 1
        print(files, "files")
        """

    @Test(.enabled(if: Machine.hasPython(with: "pyarrow, duckdb, polars"), "\(Machine.pythonIsMissing)"))
    func randomColumnsComeBack() throws {
        let python = try #require(Python(with: "pyarrow, duckdb, polars"))
        let folder = try TemporaryFolder()
        var random = SplitMix(printing: "randomColumnsComeBack")
        var paths: [String] = []
        for number in 0..<16 {
            let chosen = (0..<Int.random(in: 1...8, using: &random)).map { _ in Self.types.randomElement(using: &random) ?? .int32 }
            // One file with more than a page of each column, and more than a dictionary holds.
            let sizes = number == 0 ? [70_000, 1] : (0..<Int.random(in: 1...3, using: &random)).map { _ in Int.random(in: 1...900, using: &random) }
            let kinds = number == 0 ? [.int64, .string, .float, .date] : number == 1 ? Self.types : chosen
            let columns = kinds.enumerated().map { ParquetColumn("c\($0.offset)", $0.element) }
            let path = folder.file("\(number).parquet")
            let writer = try ParquetWriter(path: path, columns, metadata: [("größe", "1")])
            var expected = columns.map { Column(name: $0.name, type: "", values: []) }
            for rows in sizes {
                let made = columns.map { Self.column($0.type, rows, &random) }
                try writer.append(try ParquetRowGroup(columns, made.map(\.0)))
                for place in expected.indices {
                    expected[place].type = made[place].1.type
                    expected[place].values += made[place].1.values
                }
            }
            #expect(writer.rowCount == sizes.reduce(0, +))
            try writer.finish()
            try JSONEncoder().encode(expected).write(to: URL(fileURLWithPath: path + ".json"))
            paths.append(path)
        }
        #expect(try python.run(Self.script, paths) == "16 files\n")
    }

    @Test func wrongColumnsAreRefused() throws {
        let folder = try TemporaryFolder()
        let columns = [ParquetColumn("a", .int32), ParquetColumn("b", .string)]
        #expect(throws: ParquetError.self) { try ParquetWriter(path: folder.file("a"), []) }
        #expect(throws: ParquetError.self) { try ParquetWriter(path: folder.file("a"), columns + [ParquetColumn("a", .date)]) }
        #expect(throws: ParquetError.self) { try ParquetRowGroup(columns, [ParquetColumnData(.int32([1]))]) }
        #expect(throws: ParquetError.self) {
            try ParquetRowGroup(columns, [ParquetColumnData(.int32([1, 2])), ParquetColumnData(.texts(ParquetTexts(["x"])))])
        }
        #expect(throws: ParquetError.self) {
            try ParquetRowGroup(columns, [ParquetColumnData(.int64([1])), ParquetColumnData(.texts(ParquetTexts(["x"])))])
        }
        #expect(throws: ParquetError.self) {
            try ParquetRowGroup(columns, [ParquetColumnData(.int32([1])), ParquetColumnData(.codes([1], dictionary: ["x"]))])
        }
        let group = try ParquetRowGroup([columns[0]], [ParquetColumnData(.int32([1]))])
        let writer = try ParquetWriter(path: folder.file("b"), columns)
        #expect(throws: ParquetError.self) { try writer.append(group) }
        // A file that exists is not replaced.
        #expect(throws: (any Error).self) { try ParquetWriter(path: folder.file("b"), columns) }
    }
}
