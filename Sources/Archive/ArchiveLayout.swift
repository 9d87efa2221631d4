/// The keys of a store's objects. All stand under `financial-embeddings/`; the layout is described in docs/formats.md.
public enum ArchiveLayout {
    public static let root = "financial-embeddings/"
    public static let manifest = root + "manifest.json"
    public static let summary = root + "generation_summary.json"
    /// The user's file of company names that descriptions were written with, where there was one.
    public static let names = root + "names.csv"
    public static let partsPrefix = root + "parts_"
    public static let quarantinePrefix = root + "quarantine/"

    /// An object that asks the run at work on the store to finish its batch and leave; the run removes it. Never part of
    /// the manifest.
    public static let stopRequest = root + "control/stop.json"

    public static func parts(segment: Int) -> String { "\(partsPrefix)\(segment).h5" }

    public static func batch(year: Int, number: Int) -> String { "\(root)year_\(year)/batch_\(number).h5" }

    public static func index(model: String, year: Int) -> String { "\(root)indices/\(name(ofModel: model))_year_\(year).faiss" }

    /// A model as part of a name: those outside the catalogue go by `org/name` or by a path, and slashes would make
    /// folders and groups.
    static func name(ofModel model: String) -> String { model.replacing("/", with: "__") }

    public static func checkpoint(year: Int, complete: Bool) -> String {
        "\(root)checkpoints/year_\(year)_\(complete ? "complete" : "partial").json"
    }

    /// The refused rows of a source object that count in a year: a history of one symbol has some of many years. Slashes
    /// in its key would make folders, so they become `__`.
    public static func quarantine(source key: String, year: Int) -> String {
        "\(quarantinePrefix)year_\(year)/\(key.replacing("/", with: "__")).jsonl"
    }
}
