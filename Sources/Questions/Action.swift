/// What a rule computes from the values of its parts; each is a function of `Evaluator`.
enum Action: String, Codable, Sendable {
    case about, ago, anyExpiryWeekday, aroundSpot, bareTenor, bareTenorIn, basisPointQuantity, besideSplit, besideSpot, bet
    case bothBounds, bottomBy, bottomLimit, bound, boundField, breakEvenBesideSpot, categoryAfterExpiry, centQuantity, coinQuantity
    case compare, compareAbout, compareAround, compareNot, compareTrailer, contract, crush, datedStrike, day, dayAfterPeriod
    case dayAfterSplit, dayBeforePeriod, dayBeforeSplit, daySplit, decade, decadeYears, dollarQuantity, duration, durationAbout
    case durationBesideDay, durationBesideSplit, durationBoth, durationOfOne, durationRange, durationTrailer, eitherBound
    case eitherCategory, eitherLevel, event, eventDayAfter, eventDayBefore, eventWithin, exact, expiryClass, expiryRank
    case expiryRankUpTo, expiryRelative, expirySecond, expiryWeekday, fieldDifference, fieldList, fieldMove, first, firstLastOf
    case firstLastSessions, firstOrder, groupList, groupOfLimited, groupOfOrder, groupOrder, groupWhich, halfOf, halfYear, hasBid
    case horizon, impossible, impossiblePiece, income, intensified, intensifiedCategory, invert, ivForName, kindRatio, kinds
    case lastDuration, lastWeekday, levelRange, levelled, levelledAround, levelledBut, levelledNot, limit, limitOrder
    case limitOrderAfter, liquid, listAmount, listOfNumbers, listOfRanges, littleOrNo, measure, measureAround, measureBare
    case measureNoun, measures, measuresOf, moneyCodes, monthDayNoYear, monthDayRange, monthDayYear, monthOnly, monthYear
    case monthlyAlias, monthlyRank, monthlyRankUpTo, move, moveAfter, moveSubject, multipleAmount, namedDay, names, nearSpot
    case nearestTo, negatedBound, nextWeekday, noneOf, noneOfBoth, notRange, nthSession, nthUnitOf, nthWeekday, numberWord
    case offMoney, offMoneyTrailer, oneCent, oneDollar, orderAround, orderDirected, orderOfChange, parity, partOf, pass
    case percentQuantity, periodRange, premiumLevel, quarterYear, quoteRelative, quoteWeekday, range, rankedClass, ratioAmount
    case ratioAmount2, ratioAtLeast, ratioEqual, ratioMore, ratioOfFields, ratioOfFieldsAtLeast, ratioPercent, ratioReversed
    case reference, refusedMove, refusedRatioOrder, refusedSide, refusedTime, relatedPeriod, relatedPeriodTrailed, relationSplitDay
    case relativeVolume, scaled, second, signed, slightMoney, someOf, sortBy, sortByLow, strikeAt, strikeBesideSpot, strikeKind
    case strikeLetter, strikesAroundSpot, strikesOffMoney, strikesOffMoneyTrailer, sumOfNumbers, superlativeField
    case superlativeFieldDown, superlativeFieldUp, tenor, tenorIn, tenorNext, timesNumber, topBy, topNounBy, traded, tradedPrice
    case trailedPeriod, unitsLeft, untraded, vague, volAmount, volRatio, volRatioAmount, volumeSum, weekOf, weekOfNamed
    case weekOfSplit, weekdayBeside, whileName, whileSpot, withOpenInterest, yearOnly
}
