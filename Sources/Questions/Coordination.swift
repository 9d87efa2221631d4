import Descriptions

/// A condition and its place in the question.
struct Atom {
    var tree: ConstraintTree
    var slot: Slot
    var isNegated = false
    /// The last member of a list: "AAPL calls and puts on NWSA" takes it out again.
    private var lastMember: ConstraintTree?
    /// Set off by a comma or by "both", so that it belongs to every branch.
    var isApart = false
    /// Behind a comma or "both".
    var isSetOff = false

    init(_ tree: ConstraintTree, isNegated: Bool = false) {
        self.tree = tree
        self.isNegated = isNegated
        let slots = Set(tree.conditions.map(\.slot))
        slot = slots.count == 1 && !isNegated ? slots.first ?? .mixed : .mixed
    }

    /// "LEAPS", "weeklies": nouns for contracts of an expiration.
    var isExpiryNoun: Bool {
        switch tree {
        case .test(.expiryClass), .test(.category(.tenor, [5])): true
        default: false
        }
    }

    var lastMemberTree: ConstraintTree? { lastMember }

    /// The list without its last member, and that member.
    var withoutLast: (rest: Atom, last: Atom)? {
        guard let lastMember, case .any(let members) = tree, members.count > 1 else { return nil }
        let rest = members.count == 2 ? members[0] : .any(Array(members.dropLast()))
        return (Atom(rest), Atom(lastMember))
    }

    /// Adds an alternative; lists stay flat and grow in place, however long they are.
    mutating func add(_ other: Atom) {
        lastMember = other.tree
        var parts: [ConstraintTree] = []
        if case .any(let list) = tree { parts = list } else { parts = [tree] }
        tree = .everything
        parts.append(other.tree)
        tree = .any(parts)
        if slot != other.slot { slot = .mixed }
    }
}

/// The input of coordination: conditions and the words that join them.
enum Element {
    case atom(Atom)
    case and, or, comma, but
    case not, except, neither, nor
    case falseNegation
    /// Brackets: their content is joined first.
    case open, close
    /// The bracket of "or(strike>100, volume>500)".
    case openCall
    /// "only": the condition beside it is the only one on its subject.
    case only
    /// "anything", "those": a filler that can go on with a list.
    case pronoun
    /// A filler word, after which conditions are no longer adjacent.
    case gap
    /// Not a condition: negation does not cross it.
    case barrier
    /// Words that were not understood: an "or" beside them joins nothing.
    case unknown
    /// "both", "all of them": later conditions belong to every branch.
    case distributive
}

/// Builds the tree of a sequence of conditions: lists, branches, alternatives and the scope of negation.
///
/// - A list joins neighbours of one subject: "AAPL or GOOG", "puts and calls".
/// - A branch begins where a subject comes again that is not the last one said: "AAPL calls *and NWSA* puts".
/// - "or" between different subjects makes alternatives of its two neighbours.
/// - What follows the last branch is said of every branch, unless an earlier one has a condition of its own: then numbers
///   and categories are the last one's alone, and days, expirations and what a comma, "and" or "both" sets off still
///   everyone's.
struct Coordination {
    private enum Connector { case and, or, comma, but }

    private let elements: [Element]
    private var position = 0
    private var shared: [Atom] = []
    private var branches: [[Atom]] = []
    private var current: [Atom] = []
    private var connector: Connector?
    /// "not only … but" adds.
    private var isAddition = false
    private var isDistributive = false
    private var isOnly = false
    private var isBroken = false
    /// Conditions that may belong only to the last of several branches.
    private var bound: Trailing?

    /// Conditions after several branches, which may belong to the last or to all.
    struct Trailing {
        var conditions: ConstraintTree
        /// The last branch; `nil` if the conditions belong to all.
        var branch: ConstraintTree?
    }

    /// The tree, and the conditions that may belong to one branch or to all.
    static func tree(of elements: [Element]) -> (tree: ConstraintTree, bound: Trailing?) {
        var bound: Trailing?
        var coordination = Coordination(bracketed(elements, &bound))
        let tree = coordination.run()
        return (tree, coordination.bound ?? bound)
    }

    /// Replaces every pair of brackets around joined conditions by one condition; other brackets have no meaning.
    private static func bracketed(_ elements: [Element], _ bound: inout Trailing?) -> [Element] {
        var stack: [[Element]] = [[]]
        // The meaning of commas in each open bracket: in "or(…)", they are an or.
        var commas: [Element] = []
        for element in elements {
            switch element {
            case .open:
                stack.append([])
                commas.append(.comma)
            case .openCall:
                commas.append(stack[stack.count - 1].popLast() ?? .comma)
                stack.append([])
            case .comma where stack.count > 1: stack[stack.count - 1].append(commas[stack.count - 2])
            case .close where stack.count > 1:
                let inner = stack.removeLast()
                commas.removeLast()
                stack[stack.count - 1] += joined(inner, &bound)
            case .close: break
            default: stack[stack.count - 1].append(element)
            }
        }
        return Array(stack.joined())
    }

    private static func joined(_ inner: [Element], _ bound: inout Trailing?) -> [Element] {
        var (atoms, isJoined) = (0, false)
        for element in inner {
            switch element {
            case .atom: atoms += 1
            // "calls (or puts)" continues the condition before the bracket.
            case .and, .or, .comma, .but:
                if atoms == 0 { return inner }
                isJoined = true
            default: break
            }
        }
        guard atoms > 1, isJoined else { return inner }
        var coordination = Coordination(inner)
        let tree = coordination.run()
        bound = bound ?? coordination.bound
        return [.atom(Atom(tree))]
    }

    private init(_ elements: [Element]) { self.elements = elements }

    private mutating func run() -> ConstraintTree {
        while position < elements.count {
            switch elements[position] {
            case .atom(let atom): add(atom)
            case .and: join(.and)
            case .or: join(.or)
            case .comma: join(.comma)
            case .but: join(isAddition ? .and : .but)
            case .not, .except, .neither, .nor: negate()
            case .falseNegation: isAddition = true
            case .distributive: isDistributive = true
            case .unknown:
                isBroken = true
                if connector == .or { connector = nil }
            case .only: isOnly = true
            case .gap, .barrier, .pronoun, .open, .openCall, .close: break
            }
            position += 1
        }
        return finish()
    }

    /// ", or" is an or; ", and" an and.
    private mutating func join(_ next: Connector) {
        if isBroken, next == .or { return }
        switch (connector, next) {
        case (.or, _), (.and, .comma): break
        default: connector = next
        }
    }

    private mutating func add(_ atom: Atom) {
        var atom = atom
        atom.isApart = isDistributive || connector != nil || current.last?.isApart == true
        atom.isSetOff = isDistributive || connector == .comma || current.last?.isSetOff == true
        defer {
            connector = nil
            isDistributive = false
            isBroken = false
            isOnly = false
        }
        if atom.slot == .kind, connector != .or, isOnly || isFollowedByOnly,
            let place = current.firstIndex(where: { $0.slot == .kind && !$0.isNegated }),
            branches.isEmpty, Set(atom.tree.kindSet).isSubset(of: current[place].tree.kindSet)
        {
            // "AAPL options, only puts".
            current[place] = atom
            return
        }
        if atom.slot == .symbol, connector != .or, isOnly || isFollowedByOnly,
            let place = current.firstIndex(where: { $0.slot == .symbol && !$0.isNegated }), branches.isEmpty,
            atom.tree.symbolSet.isSubset(of: current[place].tree.symbolSet)
        {
            // "top 7 SIMA puts by volume, SIMA only".
            current[place] = atom
            return
        }
        if atom.slot == .kind, connector == .comma, branches.isEmpty, Set(atom.tree.kindSet).isSubset(of: [.call, .put]),
            let place = current.firstIndex(where: { $0.slot == .kind && !$0.isNegated && Set($0.tree.kindSet) == [.call, .put] })
        {
            // "options struck at 26, puts and calls": the kinds are said again, more exactly.
            current.remove(at: place)
            current.append(atom)
            return
        }
        guard let connector, !current.isEmpty else {
            // "SPY and Exxon (XOM)": the ticker again.
            if atom.slot == .symbol, let last = current.last, last.slot == .symbol, !last.isNegated,
                atom.tree.symbolSet.isSubset(of: last.tree.symbolSet), isTickerAgain(last, atom)
            {
                return
            }
            // "AAPL MSFT puts": tickers side by side are a list.
            if atom.slot == .symbol, let last = current.last, last.slot == .symbol, last.tree.symbolSet.isDisjoint(with: atom.tree.symbolSet) {
                current[current.count - 1].add(atom)
            } else {
                splitList(before: atom)
                current.append(atom)
            }
            return
        }
        let last = current.count - 1
        // The last atom is never copied here: a long list would be copied with every member.
        if current[last].slot == atom.slot, atom.slot != .mixed, branchStart(atom, beforeSubject: connector) == nil {
            let isList = atom.slot.isSet && connector != .but && !(connector != .or && current[last].tree.isOppositeEnd(of: atom.tree))
            if connector == .or || isList {
                current[last].add(atom)
            } else {
                current.append(atom)
            }
        } else if let start = branchStart(atom, connector) ?? branchStart(atom, beforeSubject: connector) {
            branch(at: start, with: atom)
        } else if connector == .or {
            current[last].add(atom)
        } else {
            current.append(atom)
        }
    }

    private var isFollowedByOnly: Bool {
        guard position + 1 < elements.count, case .only = elements[position + 1] else { return false }
        return true
    }

    private func isTickerAgain(_ list: Atom, _ atom: Atom) -> Bool {
        guard let member = list.lastMemberTree else { return true }
        return !member.symbolSet.isDisjoint(with: atom.tree.symbolSet)
    }

    /// "AAPL calls and puts on NWSA": a second name takes the last kind of the list with it, into a branch of its own.
    private mutating func splitList(before atom: Atom) {
        guard atom.slot == .symbol, let last = current.last, last.slot == .kind, !last.isNegated,
            let start = current.firstIndex(where: { $0.slot == .symbol && !$0.isNegated }),
            current[start].tree.symbolSet.isDisjoint(with: atom.tree.symbolSet), let (rest, member) = last.withoutLast
        else { return }
        current[current.count - 1] = rest
        branch(at: start, with: member)
    }

    /// Start of the branch that a new branch with this atom is parallel to.
    private func branchStart(_ atom: Atom, _ connector: Connector) -> Int? {
        guard atom.slot != .mixed, atom.slot.isSet || connector == .or else { return nil }
        if let start = current.firstIndex(where: { $0.slot == atom.slot }) { return start }
        // A later branch may omit conditions of the first one.
        guard let first = branches.first, first.first?.slot == atom.slot else { return nil }
        return 0
    }

    /// "41 strike calls and 39 strike puts": a number said again, with another subject behind it.
    private func branchStart(_ atom: Atom, beforeSubject connector: Connector) -> Int? {
        guard connector == .and || connector == .comma, !atom.slot.isSet, atom.slot != .mixed, position + 1 < elements.count,
            case .atom(let next) = elements[position + 1], next.slot == .kind || next.slot == .symbol, !next.isNegated,
            let subject = current.firstIndex(where: { $0.slot == next.slot && !$0.isNegated }),
            Set(current[subject].tree.kindSet).isDisjoint(with: next.tree.kindSet),
            current[subject].tree.symbolSet.isDisjoint(with: next.tree.symbolSet),
            let start = current.firstIndex(where: { $0.slot == atom.slot }), start < subject
        else { return nil }
        return start
    }

    private mutating func branch(at start: Int, with atom: Atom) {
        var atom = atom
        atom.isApart = false
        atom.isSetOff = false
        if branches.isEmpty {
            shared += current[..<start]
            branches = [Array(current[start...])]
        } else {
            branches.append(current)
        }
        current = [atom]
    }

    // MARK: Negation

    /// Negates the next condition, and the list that it begins.
    private mutating func negate() {
        let isNeither = if case .neither = elements[position] { true } else { false }
        let isExcept = if case .except = elements[position] { true } else { false }
        var index = position + 1
        var isBoth = false
        skip: while index < elements.count {
            switch elements[index] {
            case .distributive:
                isBoth = true
                index += 1
            case .gap, .pronoun, .only: index += 1
            default: break skip
            }
        }
        guard index < elements.count, case .atom(var first) = elements[index] else {
            // "weeklies excluded", "LEAPS left out".
            if isExcept, isEnd(index), let last = current.last, !last.isNegated {
                current[current.count - 1] = Atom(.not(last.tree), isNegated: true)
            }
            return
        }
        if isExcept, Set(first.tree.kindSet) == [.call, .put], case .test = first.tree, let place = nextAtom(after: index),
            case .atom(let next) = elements[place],
            next.slot != .symbol, next.slot != .kind
        {
            // "exclude contracts with fewer than 100 open interest": contracts are no kind to exclude.
            (first, index) = (next, place)
        }
        var group = [first]
        var phrase = [first]
        var last = index
        index += 1
        if isBoth, !isNeither, index + 1 < elements.count, case .and = elements[index], case .atom(let other) = elements[index + 1],
            other.slot != first.slot
        {
            // "not both in the money and illiquid" leaves in what is one of them.
            current.append(Atom(.not(.all([first.tree, other.tree])), isNegated: true))
            connector = nil
            position = index + 1
            return
        }
        while index < elements.count {
            if case .atom(let next) = elements[index], isExcept, index == last + 1, !next.slot.isSet, next.slot != .mixed, first.slot.isHead {
                // "except calls under $1" leaves the other calls in.
                phrase.append(next)
                last = index
                index += 1
                continue
            }
            if case .atom(let next) = elements[index], isExcept, !group.contains(where: { $0.slot == next.slot }), next.slot.isHead,
                !isKindOfAll(next)
            {
                // "excluding Apple puts" leaves Apple's calls in.
                phrase.append(next)
                last = index
                index += 1
                continue
            }
            guard let (next, place) = listed(after: index, first), phrase.count == 1 || isNeither else { break }
            // "no calls, only puts" does not exclude both.
            if first.slot == .kind, Set((group + [next]).flatMap(\.tree.kindSet)).count > 1 { break }
            group.append(next)
            last = place
            index = place + 1
        }
        if isExcept, phrase.count == 1, let (next, place) = continued(after: last, isJoined: false), !next.slot.isSet, next.slot != .mixed {
            // "except SPY or QQQ ones with volume over 50k".
            phrase = [Atom(.any(group.map(\.tree))), next]
            last = place
        }
        let negated =
            phrase.count > 1 ? [Atom(.not(.all(phrase.map(\.tree))), isNegated: true)] : [Atom(.not(.any(group.map(\.tree))), isNegated: true)]
        current += negated
        connector = nil
        position = last
        while isExcept, let (phrase, place) = excludedPhrase(after: position) {
            current.append(Atom(.not(phrase), isNegated: true))
            position = place
        }
        // "excluding weeklies and anything without volume", "without weeklies or anything under 50 cents".
        while let (next, place) = continued(after: position) {
            current.append(Atom(.not(next.tree), isNegated: true))
            position = place
        }
    }

    /// "SPY or QQQ but not IWM puts": the kind is that of the names before, which have none.
    private func isKindOfAll(_ atom: Atom) -> Bool {
        atom.slot == .kind && current.contains { $0.slot == .symbol } && !current.contains { $0.slot == .kind }
    }

    /// The condition behind another, over fillers only.
    private func nextAtom(after index: Int) -> Int? {
        var place = index + 1
        while place < elements.count {
            switch elements[place] {
            case .gap, .pronoun: place += 1
            case .atom: return place
            default: return nil
            }
        }
        return nil
    }

    /// "except LEAPS and deep in the money calls": an exclusion goes on with "and" or "or" and a phrase of moneyness or tenor, of which
    /// the kind that follows is a part.
    private func excludedPhrase(after index: Int) -> (ConstraintTree, Int)? {
        var place = index + 1
        var isJoined = false
        loop: while place < elements.count {
            switch elements[place] {
            case .and, .or: isJoined = true
            case .gap: break
            default: break loop
            }
            place += 1
        }
        guard isJoined, place < elements.count, case .atom(let atom) = elements[place] else { return nil }
        switch atom.slot {
        case .category(.moneyness), .category(.tenor), .expiryClass: break
        default: return nil
        }
        guard place + 1 < elements.count, case .atom(let kind) = elements[place + 1], kind.slot == .kind else {
            return isEnd(place + 1) ? (atom.tree, place) : nil
        }
        return (.all([atom.tree, kind.tree]), place + 1)
    }

    /// Whether only fillers, or a comma, follow.
    private func isEnd(_ index: Int) -> Bool {
        for element in elements[min(index, elements.count)...] {
            switch element {
            case .gap, .close: continue
            case .comma: return true
            default: return false
            }
        }
        return true
    }

    /// Continuation of an exclusion: "and anything", then a condition.
    private func continued(after index: Int, isJoined mustJoin: Bool = true) -> (Atom, Int)? {
        var place = index + 1
        var (isJoined, isPronoun) = (false, false)
        while place < elements.count {
            switch elements[place] {
            case .and, .or, .comma:
                // "excluding deep in the money ones, at most 20 days": the pronoun stands before what it goes on with.
                if mustJoin { isPronoun = false }
                isJoined = true
            case .pronoun: isPronoun = true
            case .gap, .distributive, .only: break
            case .atom(let atom): return isJoined == mustJoin && isPronoun ? (atom, place) : nil
            default: return nil
            }
            place += 1
        }
        return nil
    }

    /// The next member of a list of one subject: a connector, then a condition on it.
    private func listed(after index: Int, _ first: Atom) -> (Atom, Int)? {
        var place = index
        var joined = false
        while place < elements.count {
            switch elements[place] {
            case .and, .or, .comma, .nor: joined = true
            case .gap, .distributive, .pronoun, .only: break
            case .atom(let atom):
                let isSame = atom.slot == first.slot && atom.slot != .mixed || atom.isExpiryNoun && first.isExpiryNoun
                return joined && isSame ? (atom, place) : nil
            default: return nil
            }
            place += 1
        }
        return nil
    }

    // MARK: The whole

    private mutating func finish() -> ConstraintTree {
        guard !branches.isEmpty else { return .all((shared + current).map(\.tree)) }
        branches.append(current)
        let first = Set(branches[0].map(\.slot))
        let lastSlots = Set(current.map(\.slot))
        if first.isSubset(of: lastSlots), branches.count > 1 {
            // Conditions after parallel branches belong to all of them.
            let others = Set(branches.dropLast().flatMap { $0.map(\.slot) })
            let isTail = current.map { !others.contains($0.slot) || $0.isNegated }
            // A name, a kind or a time is said of all branches, unless other branches say theirs; so is what is set off. Other
            // conditions are the last branch's where an earlier one has some: "IBM calls under $1 and MSFT puts over $2".
            // So are those in front of what is set off: "IBM calls or MSFT puts under $1, both with volume".
            let isFree = current.indices.map { isTail[$0] && (current[$0].isApart || current[$0].isNegated || current[$0].slot.isCommon) }
            let isInFront = current.indices.contains { isFree[$0] && current[$0].isSetOff }
            let hasOwn = isInFront || others.contains { !$0.isCommon }
            let isShared = current.indices.map { isFree[$0] || isTail[$0] && !hasOwn }
            shared += current.indices.filter { isShared[$0] }.map { current[$0] }
            let own = current.indices.filter { isTail[$0] && !isShared[$0] }.map { current[$0].tree }
            branches[branches.count - 1] = current.indices.filter { !isShared[$0] }.map { current[$0] }
            let spread = current.indices.filter { isShared[$0] && !isFree[$0] }.map { current[$0].tree }
            if !own.isEmpty {
                bound = Trailing(conditions: .all(own), branch: .all(current.indices.filter { !isTail[$0] }.map { current[$0].tree }))
            } else if !spread.isEmpty {
                bound = Trailing(conditions: .all(spread))
            }
        }
        let trees = branches.map { branch in branch.count == 1 ? branch[0].tree : ConstraintTree.all(branch.map(\.tree)) }
        return .all(shared.map(\.tree) + [.any(trees)])
    }
}

extension Slot {
    /// Subjects of which a row has one value of a set: a list of them is an "or".
    var isSet: Bool {
        switch self {
        case .symbol, .kind, .category, .dates, .weekdays, .expiryClass, .event: true
        case .number, .ratio, .mixed: false
        }
    }

    /// Subjects that are said of every branch wherever they stand: the name, the kind and the time (days, expirations,
    /// what the underlying did).
    var isCommon: Bool {
        switch self {
        case .symbol, .kind, .dates, .weekdays, .event, .expiryClass: true
        case .category(let attribute):
            switch attribute {
            case .tenor, .underlyingMove, .regime, .gap, .trend, .drawdown: true
            default: false
            }
        case .number(let field):
            switch field {
            case .daysToExpiry, .expiryRank, .monthlyRank, .move, .absoluteMove, .gap: true
            default: false
            }
        case .ratio, .mixed: false
        }
    }

    /// Subjects that name the instruments of a phrase.
    var isHead: Bool {
        switch self {
        case .symbol, .kind, .category(.moneyness), .category(.tenor), .expiryClass: true
        default: false
        }
    }
}

extension ConstraintTree {
    /// "no earlier than Monday and no later than Friday": the two ends of one interval.
    func isOppositeEnd(of other: ConstraintTree) -> Bool {
        guard case .test(.dates(_, let one)) = self, case .test(.dates(_, let two)) = other else { return false }
        return (one.from == nil) != (one.to == nil) && (two.from == nil) != (two.to == nil) && (one.from == nil) != (two.from == nil)
    }

    var kindSet: [InstrumentKind] {
        conditions.flatMap { condition -> [InstrumentKind] in if case .kinds(let list) = condition { list } else { [] } }
    }

    var symbolSet: Set<String> {
        Set(conditions.flatMap { condition -> [String] in if case .symbols(let list) = condition { list } else { [] } })
    }
}
