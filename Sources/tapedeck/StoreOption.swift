import ArgumentParser
import ObjectStore

/// Where the store is.
struct StoreOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The store: a folder or file:// URI. Default: TAPEDECK_STORE, then store in tapedeck.yaml.", valueName: "uri"))
    var store: String?

    func validate() throws { _ = try location() }

    /// - Throws: `ValidationError` when nothing names a store, or it is no address.
    func location() throws -> StoreLocation {
        guard let text = store ?? Settings.current.text(.store), !text.isEmpty else {
            throw ValidationError("No store is named: give --store, or set TAPEDECK_STORE or store in tapedeck.yaml.")
        }
        do throws(StoreError) {
            return try StoreLocation(parsing: text)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
