/// What a rule computes from the values of its parts; each is a function of `Evaluator`.
enum Action: String, Codable, Sendable {
    case about, ago, aroundSpot, bareTenor, bareTenorIn, besideSplit, besideSpot, bet, breakEvenBesideSpot, bothBounds, bound, categoryAfterExpiry
    case centQuantity, compare, compareAbout, compareNot, contract, crush, datedStrike, day, dayAfterPeriod, dayAfterSplit, dayBeforePeriod
    case dayBeforeSplit, daySplit, expiryRank, expiryRankUpTo, monthlyRank, monthlyRankUpTo, rankedClass, refusedSide, coinQuantity, oneCent,
        orderAround, untraded, measureNoun, tradedPrice, groupOfLimited, topNounBy, strikeAt, boundField, unitsLeft, littleOrNo, volumeSum,
        orderOfChange,
        fieldDifference, refusedMove, fieldMove, offMoneyTrailer,
        strikesOffMoneyTrailer, ratioReversed, ratioPercent,
        durationBesideDay, anyExpiryWeekday, kindRatio,
        groupOfOrder, compareAround, compareTrailer, lastWeekday, nextWeekday, whileName, whileSpot, decade, decadeYears, dollarQuantity, duration,
        durationAbout, durationBesideSplit, durationBoth
    case durationOfOne, durationRange, durationTrailer, eitherBound, eitherCategory, eitherLevel, event, eventDayAfter
    case eventDayBefore, eventWithin, exact, expiryClass, expiryRelative, expirySecond, expiryWeekday, fieldList, first
    case firstLastOf, groupOrder, groupWhich, halfYear, hasBid, horizon, impossible, impossiblePiece, income, intensified
    case intensifiedCategory, invert, ivForName, kinds, lastDuration, levelRange, levelled, levelledAround, levelledBut
    case levelledNot, limit, limitOrder, limitOrderAfter, liquid, listAmount, listOfNumbers, listOfRanges, measure, measureAround
    case measureBare, measures, moneyCodes, monthDayNoYear, monthDayRange, monthDayYear, monthOnly, monthYear, monthlyAlias, move, moveAfter
    case moveSubject, namedDay, names, nearSpot, nearestTo, negatedBound, notRange, noneOf, nthUnitOf, nthWeekday
    case numberWord, offMoney, oneDollar, parity, partOf, pass, percentQuantity, periodRange, premiumLevel, quarterYear
    case quoteRelative, quoteWeekday, range, ratioAmount, ratioAmount2, ratioAtLeast, ratioMore, ratioOfFields, ratioOfFieldsAtLeast, reference
    case relatedPeriod, relatedPeriodTrailed, relationSplitDay, relativeVolume, scaled, second, signed, slightMoney, someOf
    case sortBy, sortByLow, strikeBesideSpot, strikeKind, strikeLetter, strikesOffMoney, sumOfNumbers, superlativeField
    case superlativeFieldDown, superlativeFieldUp, superlativeKindField, tenor, tenorIn, tenorNext, timesNumber, topBy, traded
    case trailedPeriod, vague, weekOf, weekOfNamed, weekOfSplit, withOpenInterest, yearOnly
}
