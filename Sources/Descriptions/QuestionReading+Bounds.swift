/// From amounts as written to bounds in a field's own unit.
extension QuestionReading {
    /// `nil` when the amounts' unit is none of the field's.
    func bounds(of range: AmountRange, _ field: NumericField) -> [QuestionBounds]? {
        var amounts = [range.low, range.high].compactMap(\.self) + range.others
        guard !amounts.isEmpty, let values = values(&amounts, field) else { return nil }
        if field == .daysToExpiry { return dayBounds(range) }
        var iterator = values.makeIterator()
        let low = range.low == nil ? nil : iterator.next()
        let high = range.high == nil ? nil : iterator.next()
        let others = Array(iterator)
        // "delta below -0.5" is a put's: in absolute value it is above.
        if field == .delta, let written = range.low?.value ?? range.high?.value, written < 0, range.style == .between {
            if range.low == nil || range.high == nil {
                return [
                    QuestionBounds(
                        min: high.map { range.isHighStrict ? $0.nextUp : $0 },
                        max: low.map { range.isLowStrict ? $0.nextDown : $0 })
                ]
            }
            return [
                QuestionBounds(min: [low, high].compactMap(\.self).min(), max: [low, high].compactMap(\.self).max())
            ]
        }
        switch range.style {
        case .between:
            var bounds = QuestionBounds(
                min: low.map { range.isLowStrict ? $0.nextUp : $0 },
                max: high.map { range.isHighStrict ? $0.nextDown : $0 })
            if let min = bounds.min, let max = bounds.max, min > max { bounds = QuestionBounds(min: max, max: min) }
            return [bounds]
        case .about, .exactly:
            return ([low].compactMap(\.self) + others).map { around($0, field, range.style) }
        }
    }

    private func around(_ value: Double, _ field: NumericField, _ style: AmountRange.Style) -> QuestionBounds {
        guard let words = vocabulary.fields[field] else { return QuestionBounds(min: value, max: value) }
        var width = style == .about ? words.about : words.exactly ?? 0
        if words.isRelative == true { width *= abs(value) }
        // 0.3 − 0.05 is to be 0.25.
        func plain(_ value: Double) -> Double { (value * 1e9).rounded() / 1e9 }
        return QuestionBounds(min: plain(value - width), max: plain(value + width))
    }

    private func values(_ amounts: inout [Amount], _ field: NumericField) -> [Double]? {
        let units = amounts.map(\.unit)
        let isPercent = units.contains(.percent)
        switch field {
        case .strike, .bid, .ask, .mid, .underlyingClose:
            guard units.allSatisfy({ [.none, .dollars, .cents].contains($0) }) else { return nil }
            if field == .strike, amounts.contains(where: { $0.value < 0 }) { return nil }
            return amounts.map { $0.unit == .cents ? $0.value / 100 : $0.value }
        case .volume, .openInterest:
            guard units.allSatisfy({ $0 == .none }), amounts.allSatisfy({ $0.value >= 0 }) else { return nil }
            return amounts.map(\.value)
        case .moneyness:
            guard units.allSatisfy({ $0 == .none || $0 == .percent }) else { return nil }
            return amounts.map { isPercent ? $0.value / 100 : $0.value }
        case .spread:
            // Without "%" it could be dollars, which no row is asked by.
            guard isPercent, units.allSatisfy({ $0 == .percent || $0 == .none }) else { return nil }
            return amounts.map { $0.value / 100 }
        case .impliedVolatility:
            guard units.allSatisfy({ $0 == .none || $0 == .percent }), amounts.allSatisfy({ $0.value >= 0 }) else {
                return nil
            }
            let isWritten100 = isPercent || amounts.contains { $0.value > 3 }
            return amounts.map { isWritten100 ? $0.value / 100 : $0.value }
        case .delta:
            guard units.allSatisfy({ $0 == .none || $0 == .percent }) else { return nil }
            let isWritten100 = isPercent || amounts.contains { abs($0.value) > 1 }
            let values = amounts.map { abs(isWritten100 ? $0.value / 100 : $0.value) }
            return values.allSatisfy { $0 <= 1 } ? values : nil
        case .daysToExpiry:
            let isTime = units.allSatisfy { unit in
                if case .time = unit { return true }
                return unit == .none
            }
            return isTime && amounts.allSatisfy { $0.value >= 0 } ? amounts.map(\.value) : nil
        }
    }

    // MARK: Days

    private func dayBounds(_ range: AmountRange) -> [QuestionBounds] {
        func unit(_ amount: Amount) -> QuestionVocabulary.Duration {
            if case .time(let duration) = amount.unit { return duration }
            return .day
        }
        func days(_ amount: Amount) -> Double { amount.value * unit(amount).days }
        switch range.style {
        case .between:
            // Rounded so that "2 to 6 months" is 60 to 183 days, and "over two months" more than 60.
            return [
                QuestionBounds(
                    min: range.low.map { amount in
                        let value = days(amount).rounded(.down)
                        return range.isLowStrict ? value.nextUp : value
                    },
                    max: range.high.map { amount in
                        let value = days(amount).rounded(.up)
                        return range.isHighStrict ? value.nextDown : value
                    })
            ]
        case .about, .exactly:
            return ([range.low].compactMap(\.self) + range.others).map { amount in
                let value = days(amount)
                var width = 0.0
                if range.style == .about {
                    let words = vocabulary.fields[.daysToExpiry]
                    width = max(value * (words?.about ?? 0), words?.aboutAtLeast ?? 0)
                }
                // A count of weeks or months is never meant to the day.
                switch unit(amount) {
                case .day: break
                case .week: width = max(width, 3)
                case .month: width = max(width, 15)
                case .year: width = max(width, 30)
                }
                if width < 1 { return QuestionBounds(min: value.rounded(), max: value.rounded()) }
                return QuestionBounds(
                    min: max(0, (value - width).rounded(.up)), max: (value + width).rounded(.down))
            }
        }
    }
}
