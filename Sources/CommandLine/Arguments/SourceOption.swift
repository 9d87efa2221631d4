import Tapedeck
import ArgumentParser
import ObjectStore

/// Where the market data is.
struct SourceOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Market data: a folder, or a file:// or s3:// URI. Default: TAPEDECK_SOURCE, then source in tapedeck.yaml.",
            valueName: "uri"))
    var source: String?

    func validate() throws { _ = try location() }

    /// - Throws: `ValidationError` when no source is named, or the address is invalid.
    func location() throws -> StoreLocation {
        guard let text = source ?? Settings.current.text(.source), !text.isEmpty else {
            throw ValidationError("No source is named: give --source, or set TAPEDECK_SOURCE or source in tapedeck.yaml.")
        }
        do throws(StoreError) {
            return try StoreLocation(parsing: text)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
