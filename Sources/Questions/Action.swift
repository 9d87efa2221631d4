/// What a rule computes from the values of its parts; each is a function of `Evaluator`.
enum Action: String, Codable, Sendable {
    case about, ago, anyExpiryWeekday, aroundSpot, bareTenor, bareTenorIn, basisPointQuantity, besideSplit, besideSpot
    case besideStrike, bet, bothBounds, bottomBy, bottomLimit, bound, boundField, breakEvenBesideSpot, categoryAfterExpiry
    case centQuantity, coinQuantity, compare, compareAbout, compareAround, compareEither, compareNot, compareTrailer, contract
    case crush, datedClass, datedStrike, day, dayAfterPeriod, dayAfterSplit, dayBeforePeriod, dayBeforeSplit, dayList, daySplit
    case decade, decadeYears, dollarQuantity, duration, durationAbout, durationBesideDay, durationBesideSplit, durationBoth
    case durationOfOne, durationPlusMinus, durationRange, durationTrailer, eitherBound, eitherCategory, eitherLevel, event
    case eventDayAfter, eventDayBefore, eventWithin, exact, expiryClass, expiryRank, expiryRankUpTo, expiryRelative, expirySecond
    case expiryWeekday, fieldDifference, fieldDirection, fieldList, fieldMove, first, firstLastOf, firstLastSessions, firstOrder
    case groupList, groupOfLimited, groupOfOrder, groupOrder, groupWhich, halfOf, halfYear, hasBid, horizon, impossible
    case impossiblePiece, income, intensified, intensifiedCategory, invert, ivForName, kindRatio, kinds, lastDuration, lastWeekday
    case levelOfRank, levelRange, levelled, levelledAround, levelledBut, levelledEither, levelledNot, limit, limitOrder
    case limitOrderAfter, liquid, listAmount, listOfNumbers, listOfRanges, littleOrNo, measure, measureAround, measureBare
    case measureBy, measureHow, measureNoun, measures, measuresOf, moneyCodes, monthDayNoYear, monthDayRange, monthDayYear
    case monthOnly, monthYear, monthlyAlias, monthlyRank, monthlyRankUpTo, move, moveAfter, moveSubject, multipleAmount, namedDay
    case names, nearSpot, nearestTo, negatedBound, nextWeekday, noneOf, noneOfBoth, notRange, nthSession, nthUnitOf, nthWeekday
    case numberWord, offMoney, offMoneyTrailer, oneCent, oneDollar, orderAround, orderDirected, orderOfChange, parity, partOf, pass
    case percentQuantity, periodEnd, periodRange, plusMinus, premiumLevel, quarterYear, quoteRelative, quoteWeekday, range
    case rankedClass, ratioAmount, ratioAmount2, ratioAtLeast, ratioEqual, ratioMore, ratioOfFields, ratioOfFieldsAtLeast
    case ratioPercent, ratioReversed, ratioWithin, reference, refusedMove, refusedRatioOrder, refusedRecurring, refusedSide
    case refusedTime, relatedPeriod, relatedPeriodTrailed, relationSplitDay, relativeVolume, relativeVolumePercent, scaled, second
    case signed, slightMoney, someOf, sortBy, sortByLow, strikeAt, strikeBesideSpot, strikeKind, strikeLetter, strikesAroundSpot
    case strikesOffMoney, strikesOffMoneyTrailer, sumOfNumbers, superlativeCount, superlativeField, superlativeFieldDown
    case superlativeFieldUp, tenor, tenorIn, tenorNext, timesNumber, topBy, topNounBy, traded, tradedPrice, trailedPeriod
    case unitsLeft, untraded, vague, volAmount, volRatio, volRatioAmount, volumeSum, volumeSumAround, weekOf, weekOfNamed
    case weekOfSplit, weekdayBeside, whileName, whileSpot, withOpenInterest, yearOnly
}
