/// What a rule computes from the values of its parts; each is a function of `Evaluator`.
enum Action: String, Codable, Sendable {
    case about, ago, anyExpiryWeekday, aroundSpot, bareTenor, bareTenorIn, basisPointQuantity, besideSplit, besideSpot, bet
    case bothBounds, bottomBy, bottomLimit, bound, boundField, breakEvenBesideSpot, categoryAfterExpiry, centQuantity, coinQuantity
    case compare, compareAbout, compareAround, compareNot, compareTrailer, contract, crush, datedClass, datedStrike, day
    case dayAfterPeriod, dayAfterSplit, dayBeforePeriod, dayBeforeSplit, dayList, daySplit, decade, decadeYears, dollarQuantity
    case duration, durationAbout, durationBesideDay, durationBesideSplit, durationBoth, durationOfOne, durationPlusMinus
    case durationRange, durationTrailer, eitherBound, eitherCategory, eitherLevel, event, eventDayAfter, eventDayBefore
    case eventWithin, exact, expiryClass, expiryRank, expiryRankUpTo, expiryRelative, expirySecond, expiryWeekday, fieldDifference
    case fieldDirection, fieldList, fieldMove, first, firstLastOf, firstLastSessions, firstOrder, groupList, groupOfLimited
    case groupOfOrder, groupOrder, groupWhich, halfOf, halfYear, hasBid, horizon, impossible, impossiblePiece, income, intensified
    case intensifiedCategory, invert, ivForName, kindRatio, kinds, lastDuration, lastWeekday, levelOfRank, levelRange, levelled
    case levelledAround, levelledBut, levelledNot, limit, limitOrder, limitOrderAfter, liquid, listAmount, listOfNumbers
    case listOfRanges, littleOrNo, measure, measureAround, measureBare, measureBy, measureHow, measureNoun, measures, measuresOf
    case moneyCodes, monthDayNoYear, monthDayRange, monthDayYear, monthOnly, monthYear, monthlyAlias, monthlyRank, monthlyRankUpTo
    case move, moveAfter, moveSubject, multipleAmount, namedDay, names, nearSpot, nearestTo, negatedBound, nextWeekday, noneOf
    case noneOfBoth, notRange, nthSession, nthUnitOf, nthWeekday, numberWord, offMoney, offMoneyTrailer, oneCent, oneDollar
    case orderAround, orderDirected, orderOfChange, parity, partOf, pass, percentQuantity, periodEnd, periodRange, plusMinus
    case premiumLevel, quarterYear, quoteRelative, quoteWeekday, range, rankedClass, ratioAmount, ratioAmount2, ratioAtLeast
    case ratioEqual, ratioMore, ratioOfFields, ratioOfFieldsAtLeast, ratioPercent, ratioReversed, ratioWithin, reference
    case refusedMove, refusedRatioOrder, refusedSide, refusedTime, relatedPeriod, relatedPeriodTrailed, relationSplitDay
    case relativeVolume, relativeVolumePercent, scaled, second, signed, slightMoney, someOf, sortBy, sortByLow, strikeAt
    case strikeBesideSpot, strikeKind, strikeLetter, strikesAroundSpot, strikesOffMoney, strikesOffMoneyTrailer, sumOfNumbers
    case superlativeCount, superlativeField, superlativeFieldDown, superlativeFieldUp, tenor, tenorIn, tenorNext, timesNumber
    case topBy, topNounBy, traded, tradedPrice, trailedPeriod, unitsLeft, untraded, vague, volAmount, volRatio, volRatioAmount
    case volumeSum, weekOf, weekOfNamed, weekOfSplit, weekdayBeside, whileName, whileSpot, withOpenInterest, yearOnly
}
