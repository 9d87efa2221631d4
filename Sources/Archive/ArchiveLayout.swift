import Base

/// The keys of a store's objects. All start with `financial-embeddings/`; docs/formats.md describes the layout.
public enum ArchiveLayout {
    public static let root = "financial-embeddings/"
    public static let manifest = root + "manifest.json"
    public static let summary = root + "generation_summary.json"
    /// The user's file of company names, if the descriptions were written with one.
    public static let names = root + "names.csv"
    public static let partsPrefix = root + "parts_"
    public static let quarantinePrefix = root + "quarantine/"
    static let indicesPrefix = root + "indices/"

    /// An object that asks the active run to finish its batch and stop; the run removes it. Never part of the manifest.
    public static let stopRequest = root + "control/stop.json"
    /// Inputs that are excluded because reading them crashed the process. Never part of the manifest.
    public static let quarantinedInputs = root + "control/quarantined_inputs.json"
    /// Records that a run has left nothing to do. Never part of the manifest.
    public static let settled = root + "control/settled"
    /// The event logs, one folder per run. Never part of the manifest.
    public static let eventsPrefix = root + "events/"

    /// The plan that workers share, until all of it is compacted. Never part of the manifest.
    public static let workPlan = root + "control/plan.json"
    /// Segments of workers that are not compacted yet, one folder per plan. Never part of the manifest.
    public static let segmentsPrefix = root + "segments/"

    package static func segmentsPrefix(plan: String) -> String { segmentsPrefix + plan + "/" }

    package static func claimsPrefix(plan: String) -> String { segmentsPrefix(plan: plan) + "claims/" }

    /// Who works on a unit of a plan.
    package static func claim(plan: String, unit: Int) -> String { claimsPrefix(plan: plan) + name(ofUnit: unit) + ".json" }

    package static func publishedPrefix(plan: String) -> String { segmentsPrefix(plan: plan) + "published/" }

    /// Records that a unit of a plan is done, and where its segment is.
    package static func published(plan: String, unit: Int) -> String { publishedPrefix(plan: plan) + name(ofUnit: unit) + ".json" }

    /// The prefix of a segment's objects, which have the layout of a store.
    /// - Parameter attempt: distinguishes attempts at a unit.
    package static func segmentPrefix(plan: String, unit: Int, attempt: String) -> String {
        "\(segmentsPrefix(plan: plan))\(name(ofUnit: unit))-\(attempt)/"
    }

    /// Asks workers of a plan to end.
    package static func workStop(plan: String) -> String { segmentsPrefix(plan: plan) + "stop.json" }

    private static func name(ofUnit unit: Int) -> String { zeroPadded(unit, 6) }

    /// The unit of a claim or of a published segment; `nil` for any other key.
    package static func unit(of key: String) -> Int? {
        guard let name = key.split(separator: "/").last, name.hasSuffix(".json") else { return nil }
        return Int(name.dropLast(5))
    }

    /// The key that publishes a segment, from the key of one of its objects or from itself; `nil` for keys outside segments.
    static func publication(of key: String) -> String? {
        let names = key.dropFirst(segmentsPrefix.count).split(separator: "/")
        guard key.hasPrefix(segmentsPrefix), names.count >= 2 else { return nil }
        if names[1] == "published" { return key }
        return names[1].split(separator: "-").first.flatMap { Int($0) }.map { published(plan: String(names[0]), unit: $0) }
    }

    public static func parts(segment: Int) -> String { "\(partsPrefix)\(segment).h5" }

    public static func batch(year: Int, number: Int) -> String { "\(batchPrefix(year: year))batch_\(number).h5" }

    /// The state of underlyings on the days of a year.
    public static func underlyingDays(year: Int) -> String { batchPrefix(year: year) + underlyingDaysName }

    static let underlyingDaysName = "underlying_days.h5"

    /// The description index of a year.
    public static func descriptions(year: Int) -> String { batchPrefix(year: year) + descriptionsName }

    static let descriptionsName = "descriptions.h5"

    package static func batchPrefix(year: Int) -> String { "\(root)year_\(year)/" }

    public static func index(model: String, year: Int) -> String { "\(indicesPrefix)\(name(ofModel: model))_year_\(year).faiss" }

    /// A model as part of a name. Models outside the catalogue are named `org/name` or by a path, whose slashes would make
    /// folders and groups.
    static func name(ofModel model: String) -> String { model.replacing("/", with: "__") }

    public static func checkpoint(year: Int, complete: Bool) -> String {
        "\(root)checkpoints/year_\(year)_\(complete ? "complete" : "partial").json"
    }

    /// The rejected rows of a source object in a year; a file of one symbol has rows of many years. Slashes in its key would
    /// make folders, so they become `__`.
    public static func quarantine(source key: String, year: Int) -> String {
        "\(quarantinePrefix(year: year))\(key.replacing("/", with: "__")).jsonl"
    }

    static func quarantinePrefix(year: Int) -> String { "\(quarantinePrefix)year_\(year)/" }

    /// Whether a key is one of those above, except the manifest's; other objects do not belong to the store.
    static func isObject(_ key: String) -> Bool {
        guard key.hasPrefix(root) else { return false }
        let path =
            /parts_\d+\.h5|year_\d+\/(?:batch_\d+|underlying_days|descriptions)\.h5|indices\/[^\/]+_year_\d+\.faiss|checkpoints\/year_\d+_(partial|complete)\.json|quarantine\/year_\d+\/[^\/]+\.jsonl|names\.csv|generation_summary\.json/
        return key.dropFirst(root.count).wholeMatch(of: path) != nil
    }

    /// Whether only the store's writer writes an object with that key.
    @Sendable static func isOwn(_ key: String) -> Bool { key == manifest || isObject(key) }

    /// Whether an object with that key can be rewritten while the manifest still names its old content.
    static func isReplaced(_ key: String) -> Bool { key == summary || key.hasPrefix(root + "checkpoints/") }

    /// The year that an object belongs to; `nil` if it belongs to the store as a whole.
    static func year(of key: String) -> Int? {
        guard isObject(key), let match = key.firstMatch(of: /year_(\d+)(?:\/|\.faiss$|_partial|_complete)/) else { return nil }
        return Int(match.1)
    }
}
