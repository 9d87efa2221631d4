import Tapedeck
import Archive
import ArgumentParser
import ObjectStore

/// Where the store is.
struct StoreOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Store: a folder, or a file:// or s3:// URI. Default: TAPEDECK_STORE, then store in tapedeck.yaml.", valueName: "uri"))
    var store: String?

    func validate() throws { _ = try locationIfNamed() }

    /// - Throws: `ValidationError` when no store is named, or the address is invalid.
    func location() throws -> StoreLocation {
        guard let location = try locationIfNamed() else {
            throw ValidationError("No store is named: give --store, or set TAPEDECK_STORE or store in tapedeck.yaml.")
        }
        return location
    }

    /// As `location()`, for commands whose store is optional.
    func locationIfNamed() throws -> StoreLocation? {
        guard let text = store ?? Settings.current.text(.store), !text.isEmpty else { return nil }
        do throws(StoreError) {
            return try StoreLocation(parsing: text)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}

extension StoreLocation {
    /// The folder of the store's own objects; `nil` if the store is not a folder.
    var contents: [String] {
        if case .folder(let path) = self { [path + "/" + ArchiveLayout.root.dropLast()] } else { [] }
    }

    /// The folder; `nil` for a bucket.
    var folders: [String] {
        if case .folder(let path) = self { [path] } else { [] }
    }
}
