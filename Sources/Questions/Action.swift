/// What a rule computes from the values of its parts; each is a function of `Evaluator`.
enum Action: String, Codable, Sendable {
    case about, ago, anyExpiryWeekday, aroundSpot, bareTenor, bareTenorIn, besideSplit, besideSpot, bet, bothBounds, bound, boundField
    case breakEvenBesideSpot, categoryAfterExpiry, centQuantity, coinQuantity, compare, compareAbout, compareAround, compareNot
    case compareTrailer, contract, crush, datedStrike, day, dayAfterPeriod, dayAfterSplit, dayBeforePeriod, dayBeforeSplit, daySplit
    case decade, decadeYears, dollarQuantity, duration, durationAbout, durationBesideDay, durationBesideSplit, durationBoth, durationOfOne
    case durationRange, durationTrailer, eitherBound, eitherCategory, eitherLevel, event, eventDayAfter, eventDayBefore, eventWithin
    case exact, expiryClass, expiryRank, expiryRankUpTo, expiryRelative, expirySecond, expiryWeekday, fieldDifference, fieldList
    case fieldMove, first, firstLastOf, groupOfLimited, groupOfOrder, groupOrder, groupWhich, halfYear, hasBid, horizon, impossible
    case impossiblePiece, income, intensified, intensifiedCategory, invert, ivForName, kindRatio, kinds, lastDuration, lastWeekday
    case levelRange, levelled, levelledAround, levelledBut, levelledNot, limit, limitOrder, limitOrderAfter, liquid, listAmount
    case listOfNumbers, listOfRanges, littleOrNo, measure, measureAround, measureBare, measureNoun, measures, moneyCodes, monthDayNoYear
    case monthDayRange, monthDayYear, monthOnly, monthYear, monthlyAlias, monthlyRank, monthlyRankUpTo, move, moveAfter, moveSubject
    case namedDay, names, nearSpot, nearestTo, negatedBound, nextWeekday, noneOf, notRange, nthUnitOf, nthWeekday, numberWord, offMoney
    case offMoneyTrailer, oneCent, oneDollar, orderAround, orderOfChange, parity, partOf, pass, percentQuantity, periodRange, premiumLevel
    case quarterYear, quoteRelative, quoteWeekday, range, rankedClass, ratioAmount, ratioAmount2, ratioAtLeast, ratioMore, ratioOfFields
    case ratioOfFieldsAtLeast, ratioPercent, ratioReversed, reference, refusedMove, refusedRatioOrder, refusedSide, relatedPeriod
    case relatedPeriodTrailed, relationSplitDay, relativeVolume, scaled, second, signed, slightMoney, someOf, sortBy, sortByLow, strikeAt
    case strikeBesideSpot, strikeKind, strikeLetter, strikesAroundSpot, strikesOffMoney, strikesOffMoneyTrailer, sumOfNumbers
    case superlativeField, superlativeFieldDown, superlativeFieldUp, tenor, tenorIn, tenorNext, timesNumber, topBy
    case topNounBy, traded, tradedPrice, trailedPeriod, unitsLeft, untraded, vague, volumeSum, weekOf, weekOfNamed, weekOfSplit, whileName
    case whileSpot, withOpenInterest, yearOnly
}
