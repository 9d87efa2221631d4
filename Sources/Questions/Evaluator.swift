import Descriptions
import MarketData

/// Computes the meanings of a chart's edges: applies each rule's action to the values of its parts.
struct Evaluator {
    let chart: Chart
    let grammar: Grammar
    let vocabulary: Vocabulary
    let context: QuestionContext
    /// Tickers named in the question: a split is one of theirs.
    var namedSymbols: [String] = []
    var notes: [Diagnostic] = []
    /// The question mentions a move of "stocks": without another kind, it means stock rows.
    var saidStock = false
    /// The words of the part that is being evaluated.
    var phrase = ""

    /// The parts of a rule, by type.
    struct Arguments {
        var values: [Value]
        /// The name of each part's symbol.
        var symbols: [Int]
        /// Articles and similar words may occur between the parts.
        var hasGaps = false

        var quantities: [Quantity] { values.compactMap { if case .quantity(let value) = $0 { value } else { nil } } }
        var amounts: [Amount] { values.compactMap { if case .amount(let value) = $0 { value } else { nil } } }
        var fields: [Field] { values.flatMap { value -> [Field] in if case .fields(let list) = value { list } else { [] } } }
        var numbers: [Double] { values.compactMap { if case .number(let value) = $0 { value } else { nil } } }
        var keys: [String] { values.compactMap { if case .key(let value) = $0 { value } else { nil } } }
        var comparator: Comparator? {
            for case .comparator(let value) in values { return value }
            return nil
        }
        /// The comparator that a part with that symbol says.
        func comparator(of symbol: String, _ grammar: Grammar) -> Comparator? {
            let number = grammar.symbol(symbol)
            for (index, value) in values.enumerated() where symbols[index] == number {
                if case .comparator(let comparator) = value { return comparator }
            }
            return nil
        }
        var periods: [Period] { values.compactMap { if case .period(let value) = $0 { value } else { nil } } }
        var levels: [Level] { values.compactMap { if case .level(let value) = $0 { value } else { nil } } }
        var attributes: [[Attribute]] { values.compactMap { if case .attributes(let value) = $0 { value } else { nil } } }
        var trees: [ConstraintTree] { values.compactMap(\.tree) }
        /// The names and kinds among the parts, as conditions.
        var subjects: [ConstraintTree] {
            values.flatMap { value -> [ConstraintTree] in
                switch value {
                case .symbols(let symbols): [.test(.symbols(symbols))]
                case .kinds(let kinds): [.test(.kinds(kinds))]
                case .piece(.ordered(_, let atoms)): atoms
                default: []
                }
            }
        }
        var unit: TimeUnit? {
            for case .unit(let value) in values { return value }
            return nil
        }
        var duration: Duration? {
            for case .duration(let value) in values { return value }
            return nil
        }
        var orderings: [Ordering] {
            values.flatMap { value -> [Ordering] in
                switch value {
                case .ordering(let list), .piece(.ordered(let list, _)): list
                default: []
                }
            }
        }
        var function: Measure.Function? {
            for case .function(let value) in values { return value }
            return nil
        }
        var grouping: Grouping? {
            for case .grouping(let value) in values { return value }
            return nil
        }
    }

    /// The meaning of an edge; `nil` if its parts contradict each other.
    mutating func value(of edge: Chart.Edge) -> Value? {
        guard edge.rule >= 0 else { return chart.terminals[Int(edge.source)] }
        var arguments = Arguments(values: [], symbols: [])
        var end = edge.start
        for child in chart.children(of: edge) {
            if child.start > end { arguments.hasGaps = true }
            end = child.end
            guard let value = value(of: child) else { return nil }
            arguments.values.append(value)
            arguments.symbols.append(Int(child.symbol))
        }
        return apply(grammar.rules[Int(edge.rule)].action, arguments)
    }

    /// The value of a terminal.
    func terminal(_ edge: Chart.Edge) -> Value? { edge.rule < 0 ? chart.terminals[Int(edge.source)] : nil }

    func has(_ name: String, _ arguments: Arguments) -> Bool { arguments.symbols.contains(grammar.symbol(name)) }

    /// The position of the first part with that symbol.
    func place(_ name: String, _ arguments: Arguments) -> Int? { arguments.symbols.firstIndex(of: grammar.symbol(name)) }

    mutating func apply(_ action: Action, _ a: Arguments) -> Value? {
        switch action {
        case .pass: return a.values.last { if case .none = $0 { false } else { true } } ?? a.values.first
        case .first: return a.values.first
        case .second, .expirySecond: return second(a)
        case .numberWord, .sumOfNumbers, .scaled, .percentQuantity, .dollarQuantity, .centQuantity, .oneDollar, .signed, .timesNumber,
            .coinQuantity, .oneCent, .basisPointQuantity, .andHalf, .dollarsAndCents:
            return quantity(action, a)
        case .bound, .negatedBound, .range, .exact, .about, .bothBounds, .eitherBound, .listOfNumbers, .listOfRanges, .listAmount,
            .vague, .decade, .notRange, .plusMinus, .orTwo, .ofList:
            return amount(action, a)
        case .fieldList, .compare, .compareEither, .compareAbout, .compareNot, .strikeLetter, .compareAround, .compareTrailer, .boundField,
            .tradedPrice, .volAmount, .multipleAmount, .compareChain, .compareReversed, .tradedTimes, .handle, .quantile, .unitRange, .budget,
            .tolerance, .toleranceOf, .fieldCategory, .levelledBound, .decay, .breakEvenMove, .signOf:
            return comparison(action, a)
        case .chance, .chanceAgainst, .compareAgainst, .orderAgainst, .oddsIn, .chanceOfFate: return chance(action, a)
        case .held: return Value.none
        case .ratioOfFields, .ratioOfFieldsAtLeast, .ratioAtLeast, .ratioMore, .ratioAmount, .ratioAmount2, .relativeVolume, .relativeVolumePercent,
            .ratioReversed, .ratioPercent, .kindRatio, .kindRatioOfFields, .ratioPercentIn, .highRatio, .fieldDifference, .volRatio, .volRatioAmount,
            .ratioEqual, .ratioWithin,
            .wellAbove,
            .ratioTraded:
            return ratio(action, a)
        case .intensified, .eitherLevel, .levelRange: return level(action, a)
        case .levelled, .levelledEither, .levelledAround, .levelledNot, .levelledBut, .someOf, .noneOf, .noneOfBoth, .noneBesideNone, .littleOrNo,
            .eitherCategory,
            .categoryAfterExpiry,
            .intensifiedCategory, .levelOfRank, .categoryList:
            return category(action, a)
        case .offMoney, .breakEvenBesideSpot, .moneyCodes, .slightMoney, .strikesOffMoney, .aroundSpot, .besideSpot, .strikeBesideSpot, .nearSpot,
            .parity, .besideStrike, .offMoneyTrailer, .strikesOffMoneyTrailer, .strikesAroundSpot, .strikesAside, .firstStrikesOffMoney:
            return moneyness(action, a)
        case .duration, .durationOfOne, .durationTrailer, .durationRange, .durationAbout, .durationBoth, .durationPlusMinus, .durationExact,
            .durationOrTwo, .durationAndHalf, .durationTolerance:
            return duration(action, a)
        case .tenor, .tenorIn, .bareTenor, .bareTenorIn, .tenorNext, .expiryRelative, .expiryWeekday, .anyExpiryWeekday, .unitsLeft, .expiryClass,
            .monthlyAlias,
            .expiryRank, .expiryRankUpTo, .monthlyRank, .monthlyRankUpTo, .rankedClass, .nextWeekday, .datedClass:
            return tenor(action, a)
        case .monthYear, .day, .monthDayYear, .monthDayNoYear, .impossible, .monthOnly, .yearOnly, .quarterYear, .halfYear, .partOf,
            .firstLastOf, .nthWeekday, .weekOf, .decadeYears, .namedDay, .weekOfNamed, .nthUnitOf, .monthDayRange, .periodRange, .halfOf,
            .firstLastSessions, .nthSession, .periodEnd, .holiday, .season, .weekEnding, .dayOfMonth, .partOfRelative:
            return period(action, a)
        case .relatedPeriod, .trailedPeriod, .relatedPeriodTrailed, .besideSplit, .daySplit, .dayBeforeSplit, .dayAfterSplit,
            .weekOfSplit, .dayBeforePeriod, .dayAfterPeriod, .relationSplitDay, .durationBesideSplit,
            .durationBesideDay:
            return span(action, a)
        case .quoteRelative, .lastDuration, .ago, .quoteWeekday, .lastWeekday, .weekdayBeside, .dayList: return quoteDate(action, a)
        case .move, .moveAfter: return move(action, a)
        case .fieldMove: return fieldMove(a)
        case .fieldDirection: return fieldDirection(a)
        case .whileName, .whileSpot: return whileName(action, a)
        case .moveSubject:
            if case .test(.category(let attribute, _))? = a.trees.last, attribute.applies(to: .call), attribute != .underlyingMove { return nil }
            if a.keys.contains("stock") { saidStock = true }
            return a.values.last
        case .traded, .untraded, .withOpenInterest, .hasBid, .liquid, .invert, .crush, .ivForName, .premiumLevel, .bet, .income, .kinds, .names:
            return flag(action, a)
        case .strikeKind, .datedStrike, .strikeAt: return strikeAndKind(action, a)
        case .superlativeField, .superlativeFieldDown, .superlativeFieldUp, .sortBy, .sortByLow, .nearestTo,
            .topBy, .bottomBy, .bottomLimit, .superlativeCount, .limit, .limitOrder, .limitOrderAfter,
            .orderAround, .orderOfChange, .orderDirected, .firstOrder, .orderLevel, .orderAroundStrike, .ratioOrder, .sortThen:
            return order(action, a)
        case .measure, .measureNoun, .measures, .measuresOf, .measureBy, .measureHow, .measureAround, .measureBare, .groupOrder, .groupOfOrder,
            .groupOfExtreme, .topNounBy, .groupOfLimited, .groupWhich, .groupList,
            .reference, .contract, .horizon:
            return aggregate(action, a)
        case .odds:
            // "50 to 1".
            guard a.quantities.count == 2, a.quantities[1].value == 1, a.quantities.allSatisfy({ $0.unit == .plain }), a.quantities[0].value > 1
            else {
                return nil
            }
            return .number(a.quantities[0].value)
        case .refusedSide: return .key("askSide")
        case .refusedRecurring: return .key("recurring")
        case .refusedTime: return .key("intraday")
        case .volumeSumAround:
            guard a.function == .count || a.function == .sum else { return nil }
            return .piece(.measure(Measure(.sum, .volume), with: a.subjects))
        case .volumeSum: return .piece(.measure(Measure(.sum, .volume), with: []))
        case .strategyStrike: return strategyStrike(a)
        case .hypothetical: return .key("hypothetical")
        case .refusedMove: return .key("otherDay")
        case .event, .eventWithin, .eventDayBefore, .eventDayAfter, .impossiblePiece: return event(action, a)
        }
    }

    /// The part with the meaning after a word that only classifies it: "quoted *in June*".
    private func second(_ a: Arguments) -> Value? {
        a.values.dropFirst().last { if case .none = $0 { false } else { true } } ?? a.values.last
    }
}

extension Value {
    var tree: ConstraintTree? {
        switch self {
        case .tree(let tree): tree
        case .atoms(let list): list.count == 1 ? list[0] : .all(list)
        default: nil
        }
    }

    /// The conditions of a value.
    var atoms: [ConstraintTree] {
        switch self {
        case .tree(let tree): [tree]
        case .atoms(let list): list
        default: []
        }
    }
}
