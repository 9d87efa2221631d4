import Foundation
import ModelFiles

/// What tells the vectors of one cache from those of another: model, and how a window is cut from features. Vectors mix
/// only when all of this is the same.
public struct CacheFingerprint: Codable, Hashable, Sendable {
    /// What a window is made of.
    public enum Mode: String, Codable, Sendable, CaseIterable {
        /// The last rows up to a day, oldest first.
        case window
        /// The day's own row, repeated: what the original system encoded.
        case repeatRow = "repeat-row"
    }

    /// What happens to rows that are not as long as the model reads.
    public enum WidthRule: String, Codable, Sendable, CaseIterable {
        /// The ticker fails.
        case strict
        /// Zeros are added or what is over is cut off, as in the original system.
        case fit
    }

    public var model: StockModelFingerprint
    public var mode: Mode
    /// Rows of a window.
    public var rows: Int
    public var widthRule: WidthRule

    public init(model: StockModelFingerprint, mode: Mode, rows: Int, widthRule: WidthRule = .strict) {
        self.model = model
        self.mode = mode
        self.rows = rows
        self.widthRule = widthRule
    }

    /// What differs between two, for people: "rows 60, not 2000; precision f32, not int8".
    public func differences(from other: CacheFingerprint) -> String {
        let mine = fields
        return zip(mine, other.fields).filter { $0 != $1 }
            .map { "\($0.name) \($0.shown), not \($1.shown)" }.joined(separator: "; ")
    }

    private struct Field: Equatable {
        let name: String
        let value: String

        /// The first digits of a digest tell it from others.
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
        ]
    }

    /// One text for one fingerprint.
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
