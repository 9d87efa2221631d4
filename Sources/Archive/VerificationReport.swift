import ObjectStore

/// The result of a verification: each damaged object with its remedy.
public struct VerificationReport: Codable, Hashable, Sendable {
    /// An object whose content contradicts the store.
    public struct Damage: Codable, Hashable, Sendable {
        public var key: String
        /// What is wrong with it.
        public var problem: String
        public var mending: Mending
    }

    /// An object that could not be read, so its state is unknown.
    public struct Unread: Codable, Hashable, Sendable {
        public var key: String
        /// Why it could not be read.
        public var problem: String
    }

    /// How to restore a damaged object.
    public enum Mending: String, Codable, Sendable {
        /// `tapedeck index rebuild`: derived from batches and parts.
        case rebuild
        /// `tapedeck verify --repair` and `tapedeck generate`: derived from the source.
        case regenerate
        /// A copy of the object: its content exists nowhere else.
        case restore
        /// `tapedeck verify --repair` and `tapedeck work`: it is of a segment of workers.
        case work
    }

    /// Objects that the manifest names, and the manifest.
    public var objects: Int
    /// Bytes that were read.
    public var bytes: Int
    /// By key.
    public var damaged: [Damage]
    /// By key. Whether they are damaged is not known.
    public var unread: [Unread] = []
    /// Objects that are newer than the manifest: a run was stopped while it saved a checkpoint, and the next one resumes.
    public var unfinished: [String]
    /// Objects in the store's layout that nothing refers to, for `tapedeck gc`.
    public var unnamed: [String]

    /// Adds what was found in a segment.
    /// - Parameter prefix: of its keys.
    mutating func add(_ segment: VerificationReport, prefix: String) {
        objects += segment.objects
        bytes += segment.bytes
        damaged += segment.damaged.map { Damage(prefix + $0.key, $0.problem) }
        unread += segment.unread.map { Unread(key: prefix + $0.key, problem: $0.problem) }
        unfinished += segment.unfinished.map { prefix + $0 }
        unnamed += segment.unnamed.map { prefix + $0 }
    }

    /// Whether everything was read and is intact.
    public var isIntact: Bool { damaged.isEmpty && unread.isEmpty }
}

/// How to restore an object, by its key.
extension VerificationReport.Mending {
    init(_ key: String) {
        if key == ArchiveLayout.workPlan || ArchiveLayout.publication(of: key) != nil {
            self = .work
        } else if key.hasPrefix(ArchiveLayout.indicesPrefix) || key.hasSuffix(ArchiveLayout.underlyingDaysName)
            || key.hasSuffix(ArchiveLayout.descriptionsName)
        {
            self = .rebuild
        } else if key == ArchiveLayout.manifest || key == ArchiveLayout.names || key.hasPrefix(ArchiveLayout.partsPrefix) {
            self = .restore
        } else {
            self = .regenerate
        }
    }
}
