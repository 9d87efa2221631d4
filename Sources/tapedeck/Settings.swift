import ArgumentParser
import Foundation
import ObjectStore

/// Where the store is. Flag over environment.
struct StoreOption: ParsableArguments {
    @Option(help: ArgumentHelp("The store: a folder or file:// URI. Default: TAPEDECK_STORE.", valueName: "uri"))
    var store: String?

    /// - Throws: `ValidationError` when neither flag nor environment names a store.
    func location() throws -> StoreLocation {
        guard let text = Settings.value(store, environment: "TAPEDECK_STORE") else {
            throw ValidationError("No store is named: give --store, or set TAPEDECK_STORE.")
        }
        return try StoreLocation(parsing: text)
    }
}

/// Where the market data is. Flag over environment.
struct SourceOption: ParsableArguments {
    @Option(help: ArgumentHelp("The market data: a folder or file:// URI. Default: TAPEDECK_SOURCE.", valueName: "uri"))
    var source: String?

    /// - Throws: `ValidationError` when neither flag nor environment names a source.
    func location() throws -> StoreLocation {
        guard let text = Settings.value(source, environment: "TAPEDECK_SOURCE") else {
            throw ValidationError("No source is named: give --source, or set TAPEDECK_SOURCE.")
        }
        return try StoreLocation(parsing: text)
    }
}

enum Settings {
    /// The flag's value, otherwise the environment's; empty counts as absent.
    static func value(_ flag: String?, environment name: String) -> String? {
        if let flag, !flag.isEmpty { return flag }
        guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else { return nil }
        return value
    }

    /// "a,b" → ["a", "b"].
    static func list(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    /// "2013,2015-2017" → the years named.
    static func years(_ text: String?) throws -> Set<Int> {
        var years: Set<Int> = []
        for item in list(text) {
            let ends = item.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard ends.count <= 2, let first = ends[0], let last = ends[ends.count - 1], first <= last,
                (1900...2200).contains(first), (1900...2200).contains(last)
            else { throw ValidationError("'\(item)' is not a year or a range of years; write 2014 or 2013-2015.") }
            years.formUnion(first...last)
        }
        return years
    }
}
