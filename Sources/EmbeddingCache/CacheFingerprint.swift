import Foundation
public import ModelFiles

/// Identifies which vectors are compatible: the model, and how a window is cut from features. Vectors may be mixed only if
/// their fingerprints are equal.
public struct CacheFingerprint: Codable, Hashable, Sendable {
    /// What a window consists of.
    public enum Mode: String, Codable, Sendable, CaseIterable {
        /// The last rows up to and including the day, oldest first.
        case window
        /// The day's own row, repeated, as in the original system.
        case repeatRow = "repeat-row"
    }

    /// What happens when the feature rows are not as wide as the model's input.
    public enum WidthRule: String, Codable, Sendable, CaseIterable {
        /// The ticker fails.
        case strict
        /// Rows are padded with zeros or truncated, as in the original system.
        case fit
    }

    /// The model.
    public var model: StockModelFingerprint
    /// What a window consists of.
    public var mode: Mode
    /// Rows per window.
    public var rows: Int
    /// What happens when the feature rows are not as wide as the model's input.
    public var widthRule: WidthRule
    /// Columns that are set to 0 before a window is encoded, ascending; `nil` if there are none.
    public private(set) var zeroedColumns: [Int]?

    /// Creates a fingerprint.
    /// - Parameter zeroedColumns: columns of a feature row, counted from 0; their order does not matter.
    public init(
        model: StockModelFingerprint, mode: Mode, rows: Int, widthRule: WidthRule = .strict, zeroedColumns: [Int] = []
    ) {
        self.model = model
        self.mode = mode
        self.rows = rows
        self.widthRule = widthRule
        self.zeroedColumns = zeroedColumns.isEmpty ? nil : Set(zeroedColumns).sorted()
    }

    /// Checks that the model reads every zeroed column.
    /// - Throws: `CacheError` naming the column that it does not read.
    package func checkColumns() throws(CacheError) {
        guard let wrong = zeroedColumns?.first(where: { !(0..<model.features).contains($0) }) else { return }
        throw CacheError(
            .mismatch, "", "column \(wrong) cannot be set to 0: the model reads columns 0 to \(model.features - 1) of a feature row")
    }

    /// Readable differences between two fingerprints, as in "rows 60, not 2000; precision f32, not int8".
    public func differences(from other: CacheFingerprint) -> String {
        let mine = fields
        return zip(mine, other.fields).filter { $0 != $1 }
            .map { "\($0.name) \($0.shown), not \($1.shown)" }.joined(separator: "; ")
    }

    private struct Field: Equatable {
        let name: String
        let value: String

        /// Digests are shortened to their first 16 digits.
        var shown: String { value.utf8.count == 64 ? String(value.prefix(16)) : value }
    }

    private var fields: [Field] {
        [
            Field(name: "weights", value: model.weightsSHA256),
            Field(name: "architecture", value: model.architecture),
            Field(name: "features", value: "\(model.features)"), Field(name: "hidden", value: "\(model.hidden)"),
            Field(name: "layers", value: "\(model.layers)"), Field(name: "heads", value: "\(model.heads)"),
            Field(name: "precision", value: model.precision),
            Field(name: "arithmetic", value: model.arithmetic ?? "unknown"), Field(name: "pooling", value: model.pooling),
            Field(name: "mode", value: mode.rawValue), Field(name: "rows", value: "\(rows)"),
            Field(name: "width rule", value: widthRule.rawValue),
            Field(name: "zeroed columns", value: zeroedColumns.map { $0.map(String.init).joined(separator: ",") } ?? "none"),
        ]
    }

    /// Canonical JSON: equal fingerprints give equal text.
    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    init(json: String, file: String) throws(CacheError) {
        do {
            self = try JSONDecoder().decode(CacheFingerprint.self, from: Data(json.utf8))
        } catch {
            throw CacheError(.malformed, file, "its fingerprint cannot be read; the file is damaged or of another program")
        }
    }
}
