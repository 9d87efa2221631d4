public import MarketData
public import Foundation
import StrictJSON

/// How a description is split into parts, and the weight of each part in a row's vector.
///
/// The vector of a row is the L2-normalised sum of its parts' vectors, each times its weight. `joint` is the special case with
/// the whole sentence as one part. Templates are data (`Resources/templates.json`), versioned; name, version and weights are
/// part of every stored fingerprint.
public struct DescriptionTemplate: Hashable, Sendable {
    /// One part: a text of its own, encoded once for all rows that share it.
    public struct Part: Hashable, Sendable {
        public var name: String
        public var weight: Float
        /// Phrases, joined by commas; each a list of fields whose words are joined by spaces. Fields without a category in a
        /// row are left out, and so is a part without fields.
        public var phrases: [[Field]]
        /// The bits of a key that determine the part's text.
        package var mask: UInt64

        /// Whether the text depends on the underlying.
        package var namesUnderlying: Bool { mask & DescriptionKey.tickerMask != 0 }
    }

    /// What a phrase names.
    public enum Field: Hashable, Sendable {
        case underlying
        case kind
        case attribute(Attribute)

        init?(name: String) {
            switch name {
            case "underlying": self = .underlying
            case "kind": self = .kind
            default:
                guard let attribute = Attribute(rawValue: name) else { return nil }
                self = .attribute(attribute)
            }
        }

        var mask: UInt64 {
            switch self {
            case .underlying: DescriptionKey.tickerMask
            case .kind: 3 << DescriptionKey.kindShift
            case .attribute(let attribute): 7 << (attribute.slot * 3)
            }
        }

        var name: String {
            switch self {
            case .underlying: "underlying"
            case .kind: "kind"
            case .attribute(let attribute): attribute.rawValue
            }
        }
    }

    /// The most parts a template may have.
    public static let partLimit = 8

    /// `parts`, `joint`, or the name of a custom template.
    public var name: String
    public var version: String
    public var optionParts: [Part]
    public var stockParts: [Part]

    /// The names of the templates that ship with this build.
    public static let builtInNames = ["parts", "joint"]

    /// One of the templates that ship with this build.
    /// - Throws: `DescriptionError` for a name that is not among `builtInNames`.
    public static func builtIn(_ name: String) throws(DescriptionError) -> DescriptionTemplate {
        try DescriptionTemplate(json: Data(PackageResources.templates_json), name: name)
    }

    /// - Throws: `DescriptionError` naming the template and the problem: unknown fields, parts without fields, more than eight
    ///   parts, no part, weights that are not positive numbers.
    public init(json: Data, name: String) throws(DescriptionError) {
        let file: TemplateFile
        do {
            file = try JSONDecoder().decode(TemplateFile.self, from: json)
        } catch {
            throw DescriptionError("the file of templates is not readable: \(jsonProblem(error))")
        }
        guard let body = file.templates[name] else {
            let known = file.templates.keys.sorted().joined(separator: ", ")
            throw DescriptionError("there is no template \(name); there are: \(known)")
        }
        try self.init(name: name, version: file.version, body: body)
    }

    private init(name: String, version: String, body: TemplateBody) throws(DescriptionError) {
        self.name = name
        self.version = version
        optionParts = try DescriptionTemplate.parts(body.options, template: name, kinds: [.call, .put])
        stockParts = try DescriptionTemplate.parts(body.stocks, template: name, kinds: [.stock])
    }

    /// The parts of a kind's rows.
    public func parts(of kind: RowKind) -> [Part] { kind == .stocks ? stockParts : optionParts }

    /// The positions of a kind's parts that name the underlying.
    package func tickerParts(of kind: RowKind) -> [Int] {
        let parts = parts(of: kind)
        return parts.indices.filter { parts[$0].namesUnderlying }
    }

    /// The weights of a kind's parts, and zeros up to the width of the kind with more of them.
    package func weights(of kind: RowKind, width: Int) -> [Float] {
        let weights = parts(of: kind).map(\.weight)
        return weights + [Float](repeating: 0, count: width - weights.count)
    }

    /// The bits of a key that distinguish descriptions of a kind: kind, ticker, and the attributes that some part names.
    package func mask(of kind: RowKind) -> UInt64 {
        parts(of: kind).reduce(DescriptionKey.identityMask) { $0 | $1.mask }
    }

    private static func parts(
        _ list: [TemplateBody.Part], template: String, kinds: [InstrumentKind]
    ) throws(DescriptionError) -> [Part] {
        guard (1...partLimit).contains(list.count) else {
            throw DescriptionError("template \(template): 1 to \(partLimit) parts are possible, not \(list.count)")
        }
        var parts: [Part] = []
        for part in list {
            guard part.weight > 0, part.weight.isFinite else {
                throw DescriptionError("template \(template), part \(part.name): the weight must be a positive number")
            }
            var phrases: [[Field]] = []
            var mask: UInt64 = 0
            for phrase in part.phrases {
                var fields: [Field] = []
                for name in phrase {
                    guard let field = Field(name: name) else {
                        throw DescriptionError("template \(template), part \(part.name): there is no field \(name)")
                    }
                    if case .attribute(let attribute) = field, !kinds.allSatisfy({ attribute.applies(to: $0) }) {
                        throw DescriptionError(
                            "template \(template), part \(part.name): \(name) says nothing of these rows")
                    }
                    fields.append(field)
                    mask |= field.mask
                }
                phrases.append(fields)
            }
            guard phrases.contains(where: { !$0.isEmpty }) else {
                throw DescriptionError("template \(template), part \(part.name): it names no field, so it has no text")
            }
            parts.append(Part(name: part.name, weight: part.weight, phrases: phrases, mask: mask))
        }
        return parts
    }
}

/// As in `templates.json`, with name and version, so that a store records its whole template.
extension DescriptionTemplate: Codable {
    private enum CodingKeys: String, CodingKey { case name, version, options, stocks }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            name: try box.decode(String.self, forKey: .name), version: try box.decode(String.self, forKey: .version),
            body: TemplateBody(
                options: try box.decode([TemplateBody.Part].self, forKey: .options),
                stocks: try box.decode([TemplateBody.Part].self, forKey: .stocks)))
    }

    public func encode(to encoder: any Encoder) throws {
        func list(_ parts: [Part]) -> [TemplateBody.Part] {
            parts.map { part in
                TemplateBody.Part(
                    name: part.name, weight: part.weight, phrases: part.phrases.map { $0.map(\.name) })
            }
        }
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(name, forKey: .name)
        try box.encode(version, forKey: .version)
        try box.encode(list(optionParts), forKey: .options)
        try box.encode(list(stockParts), forKey: .stocks)
    }
}

private struct TemplateBody: Decodable {
    struct Part: Codable {
        var name: String
        var weight: Float
        var phrases: [[String]]
    }
    var options: [Part]
    var stocks: [Part]
}

private struct TemplateFile: Decodable {
    var version: String
    var templates: [String: TemplateBody]
}
