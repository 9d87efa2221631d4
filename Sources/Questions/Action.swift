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
    case groupList, groupOfExtreme, groupOfLimited, groupOfOrder, groupOrder, groupWhich, halfOf, halfYear, hasBid, horizon
    case impossible, impossiblePiece, income, intensified, intensifiedCategory, invert, ivForName, kindRatio, kinds, lastDuration
    case lastWeekday, levelOfRank, levelRange, levelled, levelledAround, levelledBut, levelledEither, levelledNot, limit
    case limitOrder, limitOrderAfter, liquid, listAmount, listOfNumbers, listOfRanges, littleOrNo, measure, measureAround
    case measureBare, measureBy, measureHow, measureNoun, measures, measuresOf, moneyCodes, monthDayNoYear, monthDayRange
    case monthDayYear, monthOnly, monthYear, monthlyAlias, monthlyRank, monthlyRankUpTo, move, moveAfter, moveSubject
    case multipleAmount, namedDay, names, nearSpot, nearestTo, negatedBound, nextWeekday, noneOf, noneOfBoth, notRange, nthSession
    case nthUnitOf, nthWeekday, numberWord, offMoney, offMoneyTrailer, oneCent, oneDollar, orderAround, orderDirected
    case orderOfChange, parity, partOf, pass, percentQuantity, periodEnd, periodRange, plusMinus, premiumLevel, quarterYear
    case quoteRelative, quoteWeekday, range, rankedClass, ratioAmount, ratioAmount2, ratioAtLeast, ratioEqual, ratioMore
    case ratioOfFields, ratioOfFieldsAtLeast, ratioPercent, ratioReversed, ratioWithin, reference, refusedMove, refusedRatioOrder
    case refusedRecurring, refusedSide, refusedTime, relatedPeriod, relatedPeriodTrailed, relationSplitDay, relativeVolume
    case relativeVolumePercent, scaled, second, signed, slightMoney, someOf, sortBy, sortByLow, strikeAt, strikeBesideSpot
    case strikeKind, strikeLetter, strikesAroundSpot, strikesOffMoney, strikesOffMoneyTrailer, sumOfNumbers, superlativeCount
    case superlativeField, superlativeFieldDown, superlativeFieldUp, tenor, tenorIn, tenorNext, timesNumber, topBy, topNounBy
    case traded, tradedPrice, trailedPeriod, unitsLeft, untraded, vague, volAmount, volRatio, volRatioAmount, volumeSum
    case volumeSumAround, weekOf, weekOfNamed, weekOfSplit, weekdayBeside, whileName, whileSpot, withOpenInterest, yearOnly
}
