/// What a rule computes from the values of its parts; each is a function of `Evaluator`.
enum Action: String, Codable, Sendable {
    case about, ago, anyExpiryWeekday, aroundSpot, bareTenor, bareTenorIn, basisPointQuantity, besideSplit, besideSpot, bet
    case bothBounds, bottomBy, bottomLimit, bound, boundField, breakEvenBesideSpot, categoryAfterExpiry, centQuantity, coinQuantity
    case compare, compareAbout, compareAround, compareNot, compareTrailer, contract, crush, datedStrike, day, dayAfterPeriod
    case dayAfterSplit, dayBeforePeriod, dayBeforeSplit, daySplit, decade, decadeYears, dollarQuantity, duration, durationAbout
    case durationBesideDay, durationBesideSplit, durationBoth, durationOfOne, durationRange, durationTrailer, eitherBound
    case eitherCategory, eitherLevel, event, eventDayAfter, eventDayBefore, eventWithin, exact, expiryClass, expiryRank
    case expiryRankUpTo, expiryRelative, expirySecond, expiryWeekday, fieldDifference, fieldList, fieldMove, first, firstLastOf
    case firstLastSessions, groupOfLimited, groupOfOrder, groupOrder, groupWhich, halfOf, halfYear, hasBid, horizon, impossible
    case impossiblePiece, income, intensified, intensifiedCategory, invert, ivForName, kindRatio, kinds, lastDuration, lastWeekday
    case levelRange, levelled, levelledAround, levelledBut, levelledNot, limit, limitOrder, limitOrderAfter, liquid, listAmount
    case listOfNumbers, listOfRanges, littleOrNo, measure, measureAround, measureBare, measureNoun, measures, measuresOf
    case moneyCodes, monthDayNoYear, monthDayRange, monthDayYear, monthOnly, monthYear, monthlyAlias, monthlyRank, monthlyRankUpTo
    case move, moveAfter, moveSubject, namedDay, names, nearSpot, nearestTo, negatedBound, nextWeekday, noneOf, notRange
    case nthSession, nthUnitOf, nthWeekday, numberWord, offMoney, offMoneyTrailer, oneCent, oneDollar, orderAround, orderDirected
    case orderOfChange, parity, partOf, pass, percentQuantity, periodRange, premiumLevel, quarterYear, quoteRelative, quoteWeekday
    case range, rankedClass, ratioAmount, ratioAmount2, ratioAtLeast, ratioMore, ratioOfFields, ratioOfFieldsAtLeast, ratioPercent
    case ratioReversed, reference, refusedMove, refusedRatioOrder, refusedSide, refusedTime, relatedPeriod, relatedPeriodTrailed
    case relationSplitDay, relativeVolume, scaled, second, signed, slightMoney, someOf, sortBy, sortByLow, strikeAt
    case strikeBesideSpot, strikeKind, strikeLetter, strikesAroundSpot, strikesOffMoney, strikesOffMoneyTrailer, sumOfNumbers
    case superlativeField, superlativeFieldDown, superlativeFieldUp, tenor, tenorIn, tenorNext, timesNumber, topBy, topNounBy
    case traded, tradedPrice, trailedPeriod, unitsLeft, untraded, vague, volAmount, volRatio, volRatioAmount, volumeSum, weekOf
    case weekOfNamed, weekOfSplit, weekdayBeside, whileName, whileSpot, withOpenInterest, yearOnly
}
