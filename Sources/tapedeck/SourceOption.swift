import ArgumentParser
import ObjectStore

/// Where the market data is.
struct SourceOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The market data: a folder or file:// URI. Default: TAPEDECK_SOURCE, then source in tapedeck.yaml.",
            valueName: "uri"))
    var source: String?

    /// - Throws: `ValidationError` when nothing names a source.
    func location() throws -> StoreLocation {
        guard let text = source ?? Settings.current.text(.source), !text.isEmpty else {
            throw ValidationError("No source is named: give --source, or set TAPEDECK_SOURCE or source in tapedeck.yaml.")
        }
        return try StoreLocation(parsing: text)
    }
}
