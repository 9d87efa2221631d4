/// What a rule computes from the values of its parts; each is a function of `Evaluator`.
enum Action: String, Codable, Sendable {
    case about, ago, anyExpiryWeekday, aroundSpot, bareTenor, bareTenorIn, basisPointQuantity, besideSplit, besideSpot, bet
    case bothBounds, bottomBy, bottomLimit, bound, boundField, breakEvenBesideSpot, categoryAfterExpiry, centQuantity, coinQuantity
    case compare, compareAbout, compareAround, compareEither, compareNot, compareTrailer, contract, crush, datedClass, datedStrike
    case day, dayAfterPeriod, dayAfterSplit, dayBeforePeriod, dayBeforeSplit, dayList, daySplit, decade, decadeYears
    case dollarQuantity, duration, durationAbout, durationBesideDay, durationBesideSplit, durationBoth, durationOfOne
    case durationPlusMinus, durationRange, durationTrailer, eitherBound, eitherCategory, eitherLevel, event, eventDayAfter
    case eventDayBefore, eventWithin, exact, expiryClass, expiryRank, expiryRankUpTo, expiryRelative, expirySecond, expiryWeekday
    case fieldDifference, fieldDirection, fieldList, fieldMove, first, firstLastOf, firstLastSessions, firstOrder, groupList
    case groupOfLimited, groupOfOrder, groupOrder, groupWhich, halfOf, halfYear, hasBid, horizon, impossible, impossiblePiece
    case income, intensified, intensifiedCategory, invert, ivForName, kindRatio, kinds, lastDuration, lastWeekday, levelOfRank
    case levelRange, levelled, levelledAround, levelledBut, levelledEither, levelledNot, limit, limitOrder, limitOrderAfter, liquid
    case listAmount, listOfNumbers, listOfRanges, littleOrNo, measure, measureAround, measureBare, measureBy, measureHow
    case measureNoun, measures, measuresOf, moneyCodes, monthDayNoYear, monthDayRange, monthDayYear, monthOnly, monthYear
    case monthlyAlias, monthlyRank, monthlyRankUpTo, move, moveAfter, moveSubject, multipleAmount, namedDay, names, nearSpot
    case nearestTo, negatedBound, nextWeekday, noneOf, noneOfBoth, notRange, nthSession, nthUnitOf, nthWeekday, numberWord
    case offMoney, offMoneyTrailer, oneCent, oneDollar, orderAround, orderDirected, orderOfChange, parity, partOf, pass
    case percentQuantity, periodEnd, periodRange, plusMinus, premiumLevel, quarterYear, quoteRelative, quoteWeekday, range
    case rankedClass, ratioAmount, ratioAmount2, ratioAtLeast, ratioEqual, ratioMore, ratioOfFields, ratioOfFieldsAtLeast
    case ratioPercent, ratioReversed, ratioWithin, reference, refusedMove, refusedRatioOrder, refusedRecurring, refusedSide
    case refusedTime, relatedPeriod, relatedPeriodTrailed, relationSplitDay, relativeVolume, relativeVolumePercent, scaled, second
    case signed, slightMoney, someOf, sortBy, sortByLow, strikeAt, strikeBesideSpot, strikeKind, strikeLetter, strikesAroundSpot
    case strikesOffMoney, strikesOffMoneyTrailer, sumOfNumbers, superlativeCount, superlativeField, superlativeFieldDown
    case superlativeFieldUp, tenor, tenorIn, tenorNext, timesNumber, topBy, topNounBy, traded, tradedPrice, trailedPeriod
    case unitsLeft, untraded, vague, volAmount, volRatio, volRatioAmount, volumeSum, weekOf, weekOfNamed, weekOfSplit
    case weekdayBeside, whileName, whileSpot, withOpenInterest, yearOnly
}
