/// What a rule computes from the values of its parts; each is a function of `Evaluator`.
enum Action: String, Codable, Sendable {
    case about, ago, anyExpiryWeekday, aroundSpot, bareTenor, bareTenorIn, basisPointQuantity, besideSplit, besideSpot, bet
    case bothBounds, bottomBy, bottomLimit, bound, boundField, breakEvenBesideSpot, categoryAfterExpiry, centQuantity, coinQuantity
    case compare, compareAbout, compareAround, compareNot, compareTrailer, contract, crush, datedStrike, day, dayAfterPeriod
    case dayAfterSplit, dayBeforePeriod, dayBeforeSplit, daySplit, decade, decadeYears, dollarQuantity, duration, durationAbout
    case durationBesideDay, durationBesideSplit, durationBoth, durationOfOne, durationRange, durationTrailer, eitherBound
    case eitherCategory, eitherLevel, event, eventDayAfter, eventDayBefore, eventWithin, exact, expiryClass, expiryRank
    case expiryRankUpTo, expiryRelative, expirySecond, expiryWeekday, fieldDifference, fieldList, fieldMove, first, firstLastOf
    case firstLastSessions, firstOrder, groupOfLimited, groupOfOrder, groupOrder, groupWhich, halfOf, halfYear, hasBid, horizon
    case impossible, impossiblePiece, income, intensified, intensifiedCategory, invert, ivForName, kindRatio, kinds, lastDuration
    case lastWeekday, levelRange, levelled, levelledAround, levelledBut, levelledNot, limit, limitOrder, limitOrderAfter, liquid
    case listAmount, listOfNumbers, listOfRanges, littleOrNo, measure, measureAround, measureBare, measureNoun, measures
    case measuresOf, moneyCodes, monthDayNoYear, monthDayRange, monthDayYear, monthOnly, monthYear, monthlyAlias, monthlyRank
    case monthlyRankUpTo, move, moveAfter, moveSubject, multipleAmount, namedDay, names, nearSpot, nearestTo, negatedBound
    case nextWeekday, noneOf, notRange, nthSession, nthUnitOf, nthWeekday, numberWord, offMoney, offMoneyTrailer, oneCent
    case oneDollar, orderAround, orderDirected, orderOfChange, parity, partOf, pass, percentQuantity, periodRange, premiumLevel
    case quarterYear, quoteRelative, quoteWeekday, range, rankedClass, ratioAmount, ratioAmount2, ratioAtLeast, ratioEqual
    case ratioMore, ratioOfFields, ratioOfFieldsAtLeast, ratioPercent, ratioReversed, reference, refusedMove, refusedRatioOrder
    case refusedSide, refusedTime, relatedPeriod, relatedPeriodTrailed, relationSplitDay, relativeVolume, scaled, second, signed
    case slightMoney, someOf, sortBy, sortByLow, strikeAt, strikeBesideSpot, strikeKind, strikeLetter, strikesAroundSpot
    case strikesOffMoney, strikesOffMoneyTrailer, sumOfNumbers, superlativeField, superlativeFieldDown, superlativeFieldUp, tenor
    case tenorIn, tenorNext, timesNumber, topBy, topNounBy, traded, tradedPrice, trailedPeriod, unitsLeft, untraded, vague
    case volAmount, volRatio, volRatioAmount, volumeSum, weekOf, weekOfNamed, weekOfSplit, weekdayBeside, whileName, whileSpot
    case withOpenInterest, yearOnly
}
