import Archive
import Foundation
public import ObjectStore

/// Poisoned inputs: every run skips them, because the process crashed twice while it read them. The store lists them in
/// `control/quarantined_inputs.json`. A changed input is read again.
public struct PoisonedInputs: Codable, Hashable, Sendable {
    /// A poisoned input.
    public struct Input: Codable, Hashable, Sendable {
        /// Key in the source.
        public var key: String
        /// Version of the input when it was read.
        public var etag: String
        /// Cause of the crash, such as "the process was ended by signal 11".
        public var cause: String

        /// Creates an entry of the list.
        public init(key: String, etag: String, cause: String) {
            self.key = key
            self.etag = etag
            self.cause = cause
        }
    }

    /// The poisoned inputs.
    public var inputs: [Input]

    func reason(_ key: String, etag: String) -> String? {
        inputs.first { $0.key == key && $0.etag == etag }.map {
            "\(key): excluded, because twice while a run read it \($0.cause); run with --retry-quarantined to read it again"
        }
    }

    static func read(_ store: any ObjectStore) async throws -> PoisonedInputs {
        let key = ArchiveLayout.quarantinedInputs
        guard let bytes = try await store.getIfThere(key) else { return PoisonedInputs(inputs: []) }
        do {
            return try JSONDecoder().decode(PoisonedInputs.self, from: Data(bytes))
        } catch {
            throw GenerationError("\(key) in \(store.location.description) is damaged; delete it, or run with --retry-quarantined")
        }
    }

    /// Makes later runs skip an input.
    /// - Throws: `GenerationError` when the stored list is damaged; errors of the store.
    public static func add(_ input: Input, to store: any ObjectStore) async throws {
        var quarantined = try await read(store)
        quarantined.inputs.removeAll { $0.key == input.key }
        quarantined.inputs.append(input)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try await store.put(ArchiveLayout.quarantinedInputs, Array(try encoder.encode(quarantined)) + [UInt8(ascii: "\n")])
    }

    /// Clears the list, so that the next run reads all inputs again.
    /// - Throws: errors of the store.
    public static func clear(_ store: any ObjectStore) async throws { try await store.delete(ArchiveLayout.quarantinedInputs) }
}
