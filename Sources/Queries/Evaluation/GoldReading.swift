public import Questions

/// How an evaluation question must be read, in the typed text form that `--explain` prints.
public struct GoldReading: Codable, Sendable {
    /// The constraints: `and(symbol=AAPL, kind=call, strike>100)`.
    public var tree: String
    /// Other constraints that are equally correct, because a phrase can have two readings.
    public var alternative: String?
    public var order: String?
    public var limit: Int?
    public var group: String?
    public var measures: String?
    public var intent: String?
    /// The case of a diagnostic that the answer must give: `cannotKnow`.
    public var says: String?
    /// Whether `tree` leaves out words that the answer must list as not understood, or name in a diagnostic.
    public var leaves: Bool?

    /// What of a reading differs.
    public struct Verdict: Sendable, Hashable {
        /// Empty when the reading is exact.
        public var faults: [String]
        /// Constraints, orders or measures differ, and the answer gives no hint.
        public var isSilent: Bool
    }

    /// Judges a reading.
    /// - Throws: `VocabularyError` if the gold itself is not a tree.
    public func verdict(on reading: Reading, _ form: TypedForm) throws(VocabularyError) -> Verdict {
        var faults: [String] = []
        let query = reading.query
        func text(_ gold: String) throws(VocabularyError) -> String { form.normalised(try form.tree(gold)).compactText }
        let found = form.normalised(query.constraints).compactText
        let isSaid = reading.notUnderstood.contains { !$0.isEmpty } || reading.diagnostics.contains(where: \.concernsWords)
        if try found == text(tree) {
            if leaves == true, !isSaid { faults.append("the answer lists no words as not understood") }
        } else if let alternative, try found == text(alternative) {
        } else {
            faults.append("tree \(found), expected \(try text(tree))")
        }
        func check(_ name: String, _ found: String, _ expected: String?) {
            if found != expected ?? "" { faults.append("\(name) \(found), expected \(expected ?? "none")") }
        }
        // For a question with words that must be listed, its other requests may be among these words.
        if leaves != true {
            check("order", query.order.map(\.compactText).joined(separator: ", "), order)
            check("limit", query.limit.map(String.init) ?? "", limit.map(String.init))
            check("group", query.group.map(\.rawValue).joined(separator: ", "), group)
            check("measures", query.measures.map(\.compactText).joined(separator: ", "), measures)
        }
        if let intent, query.intent.rawValue != intent { faults.append("intent \(query.intent), expected \(intent)") }
        if let says, !reading.diagnostics.contains(where: { $0.caseName == says }) { faults.append("does not say \(says)") }
        return Verdict(faults: faults, isSilent: !faults.isEmpty && !isSaid)
    }
}

extension Diagnostic {
    /// Whether it says that words were read differently from how they were written, or not used.
    fileprivate var concernsWords: Bool {
        switch self {
        case .correction, .impossibleDate, .unknownName, .cannotKnow, .needsCalendar, .needsAsOf, .assumed, .contradiction: true
        case .noData: false
        }
    }

    /// The name of the case, as evaluation files write it.
    fileprivate var caseName: String {
        switch self {
        case .correction: "correction"
        case .contradiction: "contradiction"
        case .impossibleDate: "impossibleDate"
        case .unknownName: "unknownName"
        case .noData: "noData"
        case .cannotKnow: "cannotKnow"
        case .needsCalendar: "needsCalendar"
        case .needsAsOf: "needsAsOf"
        case .assumed: "assumed"
        }
    }
}
