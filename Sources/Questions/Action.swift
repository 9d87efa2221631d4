/// What a rule computes from the values of its parts; each is a function of `Evaluator`.
enum Action: String, Codable, Sendable {
    case about, ago, anyExpiryWeekday, aroundSpot, bareTenor, bareTenorIn, basisPointQuantity, besideSplit, besideSpot
    case besideStrike, bet, bothBounds, bottomBy, bottomLimit, bound, boundField, breakEvenBesideSpot, categoryAfterExpiry
    case categoryList, centQuantity, coinQuantity, compare, compareAbout, compareAround, compareEither, compareNot, compareTrailer
    case contract, crush, datedClass, datedStrike, day, dayAfterPeriod, dayAfterSplit, dayBeforePeriod, dayBeforeSplit, dayList
    case daySplit, decade, decadeYears, dollarQuantity, duration, durationAbout, durationBesideDay, durationBesideSplit
    case durationBoth, durationOfOne, durationPlusMinus, durationRange, durationTrailer, eitherBound, eitherCategory, eitherLevel
    case event, eventDayAfter, eventDayBefore, eventWithin, exact, expiryClass, expiryRank, expiryRankUpTo, expiryRelative
    case expirySecond, expiryWeekday, fieldDifference, fieldDirection, fieldList, fieldMove, first, firstLastOf, firstLastSessions
    case firstOrder, groupList, groupOfExtreme, groupOfLimited, groupOfOrder, groupOrder, groupWhich, halfOf, halfYear, hasBid
    case horizon, impossible, impossiblePiece, income, intensified, intensifiedCategory, invert, ivForName, kindRatio, kinds
    case lastDuration, lastWeekday, levelOfRank, levelRange, levelled, levelledAround, levelledBut, levelledEither, levelledNot
    case limit, limitOrder, limitOrderAfter, liquid, listAmount, listOfNumbers, listOfRanges, littleOrNo, measure, measureAround
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
