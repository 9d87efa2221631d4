/// The computation of a rule from the values of its parts; each is a function of `Evaluator`.
enum Action: String, Sendable {
    case about, ago, anyExpiryWeekday, aroundSpot, bareTenor, bareTenorIn, basisPointQuantity, besideSplit, besideSpot
    case besideStrike, bet, bothBounds, bottomBy, bottomLimit, bound, boundField, breakEvenBesideSpot, categoryAfterExpiry
    case categoryList, centQuantity, coinQuantity, compare, compareAbout, compareAround, compareEither, compareNot, compareTrailer
    case contract, crush, datedClass, datedStrike, day, dayAfterPeriod, dayAfterSplit, dayBeforePeriod, dayBeforeSplit, dayList
    case daySplit, decade, decadeYears, dollarQuantity, duration, durationAbout, durationBesideDay, durationBesideSplit
    case durationBoth, durationExact, durationOfOne, durationPlusMinus, durationRange, durationTrailer, eitherBound, eitherCategory
    case eitherLevel, event, eventDayAfter, eventDayBefore, eventWithin, exact, expiryClass, expiryRank, expiryRankUpTo
    case expiryRelative, expirySecond, expiryWeekday, fieldDifference, fieldDirection, fieldList, fieldMove, first, firstLastOf
    case firstLastSessions, firstOrder, groupList, groupOfExtreme, groupOfLimited, groupOfOrder, groupOrder, groupWhich, halfOf
    case halfYear, hasBid, horizon, impossible, impossiblePiece, income, intensified, intensifiedCategory, invert, ivForName
    case kindRatio, kinds, lastDuration, lastWeekday, levelOfRank, levelRange, levelled, levelledAround, levelledBut
    case levelledEither, levelledNot, limit, limitOrder, limitOrderAfter, liquid, listAmount, listOfNumbers, listOfRanges
    case littleOrNo, measure, measureAround, measureBare, measureBy, measureHow, measureNoun, measures, measuresOf, moneyCodes
    case monthDayNoYear, monthDayRange, monthDayYear, monthOnly, monthYear, monthlyAlias, monthlyRank, monthlyRankUpTo, move
    case moveAfter, moveSubject, multipleAmount, namedDay, names, nearSpot, nearestTo, negatedBound, nextWeekday, noneOf
    case noneOfBoth, notRange, nthSession, nthUnitOf, nthWeekday, numberWord, offMoney, offMoneyTrailer, oneCent, oneDollar
    case orderAround, orderDirected, orderOfChange, parity, partOf, pass, percentQuantity, periodEnd, periodRange, plusMinus
    case premiumLevel, quarterYear, quoteRelative, quoteWeekday, range, rankedClass, ratioAmount, ratioAmount2, ratioAtLeast
    case ratioEqual, ratioMore, ratioOfFields, ratioOfFieldsAtLeast, ratioPercent, ratioReversed, ratioWithin, reference
    case refusedMove, refusedRecurring, refusedSide, refusedTime, relatedPeriod, relatedPeriodTrailed
    case relationSplitDay, relativeVolume, relativeVolumePercent, scaled, second, signed, slightMoney, someOf, sortBy, sortByLow
    case strikeAt, strikeBesideSpot, strikeKind, strikeLetter, strikesAroundSpot, strikesOffMoney, strikesOffMoneyTrailer
    case sumOfNumbers, superlativeCount, superlativeField, superlativeFieldDown, superlativeFieldUp, tenor, tenorIn, tenorNext
    case timesNumber, topBy, topNounBy, traded, tradedPrice, trailedPeriod, unitsLeft, untraded, vague, volAmount, volRatio
    case volRatioAmount, volumeSum, volumeSumAround, weekOf, weekOfNamed, weekOfSplit, weekdayBeside, whileName, whileSpot
    case withOpenInterest, yearOnly
    case compareChain, compareReversed, odds, orTwo, durationOrTwo, tradedTimes, strikesAside, firstStrikesOffMoney, handle, quantile, unitRange,
        holiday, season
    case andHalf, durationAndHalf, weekEnding, budget, dayOfMonth, noneBesideNone, wellAbove, ratioTraded, orderLevel, orderAroundStrike
    case chance, chanceAgainst, compareAgainst, orderAgainst, tolerance, toleranceOf, durationTolerance, ratioOrder, strategyStrike
    case dollarsAndCents, ofList, fieldCategory, kindRatioOfFields, hypothetical, levelledBound, sortThen, partOfRelative, decay, oddsIn, chanceOfFate
    case ratioPercentIn, highRatio, breakEvenMove, held, signOf
}
