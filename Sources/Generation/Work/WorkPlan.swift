import Archive
import Encoders
import Foundation
public import MarketData
import ModelFiles
package import ObjectStore

/// The shared plan of a store's workers: units, settings, and inputs with their identities. The first worker writes it to
/// `control/plan.json`; all others follow it.
public struct WorkPlan: Codable, Sendable {
    /// Settings that decide what is stored.
    public struct Settings: Codable, Hashable, Sendable {
        /// Keys of the models.
        public var models: [String]
        /// First year; `nil` for no limit.
        public var startYear: Int?
        /// Last year; `nil` for no limit.
        public var endYear: Int?
        /// Requested underlyings; all if empty.
        public var underlyings: [String]
        /// Kinds of rows.
        public var kinds: [String]
        /// Rows at which a batch is closed.
        public var batchSize: Int
        /// Largest share of a file's rows that may be refused.
        public var maxRejected: Double
        /// Whether compaction builds FAISS indices.
        public var buildsIndices: Bool
        /// Whether part vectors are stored as 16-bit floats.
        public var storesHalfPrecision: Bool
    }

    /// A run of inputs of one kind and year, which one worker reads at a time.
    public struct Unit: Codable, Hashable, Sendable {
        /// Number of the unit, from 0, in the order of a single run.
        public var number: Int
        /// Year of the rows.
        public var year: Int
        /// Kind of the rows.
        public var kind: RowKind
        /// Keys of the source objects, in reading order.
        public var keys: [String]
        /// Approximate bytes of text.
        public var bytes: Int

        /// Inputs in words: the one, or the first and the last.
        package static func text(ofInputs keys: [String]) -> String {
            guard let first = keys.first, let last = keys.last else { return "no inputs" }
            return keys.count == 1 ? first : "\(first) to \(last)"
        }
    }

    /// A source object as it was listed.
    struct Listed: Codable, Hashable, Sendable {
        var key: String
        var size: Int
        var etag: String
        var problem: String?
    }

    static let currentFormat = 1

    var format = WorkPlan.currentFormat
    /// Identifies the plan among all plans that the store ever had.
    public var id: String
    /// Address of the source, as the first worker named it.
    var source: String
    public var settings: Settings
    var descriptions: DescriptionFingerprint
    var models: [String: ModelFingerprint]
    var calibrations: [String: PrecisionCalibration]
    var simulated: Bool
    /// The file of company names given with `--names`.
    var names: Data?
    /// Everything that the source has.
    var listing: [Listed]
    /// Inputs that are excluded because runs crashed on them.
    var excluded: [PoisonedInputs.Input]
    /// Stock files that could not be used or lost too many rows, with the reason.
    var failures: [String: String]
    /// Inputs with stock bars, by year, in reading order.
    var stocks: [Int: [RunInput]]
    /// Years of the single run, ascending.
    public var years: [Int]
    /// Units, in the order of a single run.
    public var units: [Unit]

    /// Sum of the units' bytes.
    public var bytes: Int { units.reduce(0) { $0 + $1.bytes } }
}

extension WorkPlan {
    /// The plan of a store, and the version of the object that holds it; `nil` if there is none.
    /// - Throws: `GenerationError` when the plan is damaged, or of another build; errors of the store.
    static func read(_ store: any ObjectStore) async throws -> (plan: WorkPlan, etag: String)? {
        struct Format: Decodable { var format: Int }
        guard let found = try await store.version(of: ArchiveLayout.workPlan) else { return nil }
        let decoder = JSONDecoder()
        do {
            let format = try decoder.decode(Format.self, from: Data(found.bytes)).format
            guard format == currentFormat else {
                throw GenerationError(
                    "the plan in \(store.location) has format \(format), and this build reads \(currentFormat); run workers of one build")
            }
            return (try decoder.decode(WorkPlan.self, from: Data(found.bytes)), found.etag)
        } catch is DecodingError {
            throw GenerationError("\(ArchiveLayout.workPlan) in \(store.location) is damaged; delete it, and start the workers again")
        }
    }

    /// The plan of a store; `nil` if there is none.
    /// - Throws: as the workers do when the plan is damaged; errors of the store.
    package static func stored(in store: any ObjectStore) async throws -> WorkPlan? { try await read(store)?.plan }

    /// JSON; the same plan gives the same bytes.
    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }

    /// Units whose segments are published.
    package static func published(_ plan: String, in store: any ObjectStore) async throws -> Set<Int> {
        Set(try await store.list(prefix: ArchiveLayout.publishedPrefix(plan: plan)).compactMap { ArchiveLayout.unit(of: $0.key) })
    }

    /// Contents of the source according to the plan.
    func sourceFiles(at location: StoreLocation) throws -> (files: SourceFiles, leftOut: [String: String]) {
        var files = try SourceFiles(
            listing.map { SourceInventory.Object(key: $0.key, size: $0.size, etag: $0.etag, problem: $0.problem) }, of: location)
        let leftOut = files.leaveOut(PoisonedInputs(inputs: excluded))
        return (files, leftOut)
    }

    /// A manifest without objects, for comparing settings with those of the plan.
    var manifest: Manifest {
        var manifest = Manifest(descriptions: descriptions, simulated: simulated)
        manifest.models = models
        return manifest
    }

    /// The single run whose work the plan divides.
    /// - Parameter store: the store; workers may reach it under different addresses.
    func configuration(
        store: StoreLocation, memoryLimit: Int?, maxWorkers: Int, environment: [String: String]
    ) throws -> EmbeddingGenerationConfig {
        EmbeddingGenerationConfig(
            source: try StoreLocation(parsing: source), store: store, models: settings.models, startYear: settings.startYear,
            endYear: settings.endYear, underlyings: Set(settings.underlyings), kinds: Set(settings.kinds.compactMap(RowKind.init(rawValue:))),
            batchSize: settings.batchSize, memoryLimit: memoryLimit, maxWorkers: maxWorkers, template: descriptions.template,
            buildsIndices: settings.buildsIndices, storesHalfPrecision: settings.storesHalfPrecision, names: names.map { Array($0) },
            maxRejected: settings.maxRejected, environment: environment)
    }
}

extension WorkPlan.Settings {
    init(_ configuration: EmbeddingGenerationConfig) {
        models = configuration.models
        startYear = configuration.startYear
        endYear = configuration.endYear
        underlyings = configuration.underlyings.sorted()
        kinds = configuration.kinds.map(\.rawValue).sorted()
        batchSize = configuration.batchSize
        maxRejected = configuration.maxRejected
        buildsIndices = configuration.buildsIndices
        storesHalfPrecision = configuration.storesHalfPrecision
    }

    /// The settings in which two workers differ, by the name of the flag; `nil` if they agree.
    func difference(from other: Self) -> String? {
        func year(_ year: Int?) -> String { year.map(String.init) ?? "none" }
        let compared: [(String, String, String)] = [
            ("--models", models.sorted().joined(separator: ","), other.models.sorted().joined(separator: ",")),
            ("--start-year", year(startYear), year(other.startYear)), ("--end-year", year(endYear), year(other.endYear)),
            ("--underlyings", underlyings.joined(separator: ","), other.underlyings.joined(separator: ",")),
            ("--kinds", kinds.joined(separator: ","), other.kinds.joined(separator: ",")),
            ("--batch-size", "\(batchSize)", "\(other.batchSize)"), ("--max-rejected", "\(maxRejected)", "\(other.maxRejected)"),
            ("--no-faiss", buildsIndices ? "off" : "on", other.buildsIndices ? "off" : "on"),
            ("--vector-type", storesHalfPrecision ? "f16" : "f32", other.storesHalfPrecision ? "f16" : "f32"),
        ]
        let differing = compared.filter { $0.1 != $0.2 }.map { "\($0.0) is '\($0.2)' in the plan and '\($0.1)' here" }
        return differing.isEmpty ? nil : differing.joined(separator: "; ")
    }
}
