import ArgumentParser
import Base
import Encoders
import Foundation
import ObjectStore
import Tapedeck

extension Settings {
    /// The settings of this process, read once. They are empty if they cannot be read; `check()` reports why.
    static var current: Settings { (try? loaded.get()) ?? Settings() }

    private static let loaded = Result { () throws(SettingsError) in
        try Settings(environment: ProcessInfo.processInfo.environment)
    }

    /// - Throws: `SettingsError` when the settings of this process cannot be used.
    static func check() throws(SettingsError) {
        if let name = try loaded.get().text(.instructionSet) { InstructionSet.limit(toNamed: name) }
    }
}

extension StoreLocation {
    /// Opens the store at this address, with the settings of this process.
    func open() throws(StoreError) -> any ObjectStore { try open(creating: false, environment: Settings.current.environment) }
}

extension Store {
    /// Opens the store at a location, with the settings of this process.
    static func open(
        at location: StoreLocation, models: [String] = [], threads: Int = ProcessInfo.processInfo.activeProcessorCount,
        cacheBytes: Int? = nil
    ) async throws -> Store {
        var options = StoreOptions(models: models, threads: threads, environment: Settings.current.environment)
        if let cacheBytes { options.cacheBytes = cacheBytes }
        return try await open(location, options)
    }
}

extension StoredVectorType: ExpressibleByArgument {}
