/// What a rule computes from the values of its parts; each is a function of `Evaluator`.
enum Action: String, Codable, Sendable {
    case about, ago, anyExpiryWeekday, aroundSpot, bareTenor, bareTenorIn, basisPointQuantity, besideSplit, besideSpot, bet
    case bothBounds, bottomBy, bottomLimit, bound, boundField, breakEvenBesideSpot, categoryAfterExpiry, centQuantity, coinQuantity
    case compare, compareAbout, compareAround, compareNot, compareTrailer, contract, crush, datedClass, datedStrike, day
    case dayAfterPeriod, dayAfterSplit, dayBeforePeriod, dayBeforeSplit, dayList, daySplit, decade, decadeYears, dollarQuantity
    case duration, durationAbout, durationBesideDay, durationBesideSplit, durationBoth, durationOfOne, durationPlusMinus
    case durationRange, durationTrailer, eitherBound, eitherCategory, eitherLevel, event, eventDayAfter, eventDayBefore
    case eventWithin, exact, expiryClass, expiryRank, expiryRankUpTo, expiryRelative, expirySecond, expiryWeekday, fieldDifference
    case fieldList, fieldMove, first, firstLastOf, firstLastSessions, firstOrder, groupList, groupOfLimited, groupOfOrder
    case groupOrder, groupWhich, halfOf, halfYear, hasBid, horizon, impossible, impossiblePiece, income, intensified
    case intensifiedCategory, invert, ivForName, kindRatio, kinds, lastDuration, lastWeekday, levelRange, levelled, levelledAround
    case levelledBut, levelledNot, limit, limitOrder, limitOrderAfter, liquid, listAmount, listOfNumbers, listOfRanges, littleOrNo
    case measure, measureAround, measureBare, measureNoun, measures, measuresOf, moneyCodes, monthDayNoYear, monthDayRange
    case monthDayYear, monthOnly, monthYear, monthlyAlias, monthlyRank, monthlyRankUpTo, move, moveAfter, moveSubject
    case multipleAmount, namedDay, names, nearSpot, nearestTo, negatedBound, nextWeekday, noneOf, noneOfBoth, notRange, nthSession
    case nthUnitOf, nthWeekday, numberWord, offMoney, offMoneyTrailer, oneCent, oneDollar, orderAround, orderDirected
    case orderOfChange, parity, partOf, pass, percentQuantity, periodRange, plusMinus, premiumLevel, quarterYear, quoteRelative
    case quoteWeekday, range, rankedClass, ratioAmount, ratioAmount2, ratioAtLeast, ratioEqual, ratioMore, ratioOfFields
    case ratioOfFieldsAtLeast, ratioPercent, ratioReversed, reference, refusedMove, refusedRatioOrder, refusedSide, refusedTime
    case relatedPeriod, relatedPeriodTrailed, relationSplitDay, relativeVolume, scaled, second, signed, slightMoney, someOf, sortBy
    case sortByLow, strikeAt, strikeBesideSpot, strikeKind, strikeLetter, strikesAroundSpot, strikesOffMoney
    case strikesOffMoneyTrailer, sumOfNumbers, superlativeCount, superlativeField, superlativeFieldDown, superlativeFieldUp, tenor
    case tenorIn, tenorNext, timesNumber, topBy, topNounBy, traded, tradedPrice, trailedPeriod, unitsLeft, untraded, vague
    case volAmount, volRatio, volRatioAmount, volumeSum, weekOf, weekOfNamed, weekOfSplit, weekdayBeside, whileName, whileSpot
    case withOpenInterest, yearOnly
}
