import MarketData

extension Constraint {
    /// The constraint in words, for people: "underlying AAPL", "days to expiry 30 to 45", "volume > 5000".
    ///
    /// Text and results name constraints by it, so it is the same for the same constraint and lexicon.
    public func words(in lexicon: Lexicon) -> String {
        switch self {
        case .underlyings(let symbols): "underlying \(symbols.joined(separator: " or "))"
        case .kinds(let kinds): kinds.map(\.name).joined(separator: " or ")
        case .category(let attribute, let codes): categoryWords(attribute, codes, lexicon)
        case .number(let field, let min, let max): field.words(from: min, to: max)
        case .quoteDate(let from, let to): "quote date \(Constraint.words(from: from, to: to))"
        case .expiration(let from, let to): "expiration \(Constraint.words(from: from, to: to))"
        case .not(let constraint): "not \(constraint.words(in: lexicon))"
        case .any(let constraints): constraints.map { $0.words(in: lexicon) }.joined(separator: " or ")
        }
    }

    private func categoryWords(_ attribute: Attribute, _ codes: UInt8, _ lexicon: Lexicon) -> String {
        let words = (1...7).filter { codes & (1 << $0) != 0 }.compactMap { lexicon.words(attribute, code: UInt8($0)) }
        let list = words.joined(separator: " or ")
        // The other attributes' phrases say what they speak of.
        return attribute == .moneyness ? "moneyness \(list)" : list
    }

    private static func words(from: Day?, to: Day?) -> String {
        switch (from, to) {
        case (let from?, let to?) where from == to: "on \(from)"
        case (let from?, let to?): "\(from) to \(to)"
        case (let from?, nil): "from \(from)"
        // The day after: "before 2014-06-06" is how it was asked.
        case (nil, let to?): "before \(to.adding(days: 1))"
        case (nil, nil): "any"
        }
    }
}

extension NumericField {
    /// "days to expiry", "implied volatility".
    public var label: String {
        switch self {
        case .strike: "strike"
        case .daysToExpiry: "days to expiry"
        case .delta: "absolute delta"
        case .impliedVolatility: "implied volatility"
        case .volume: "volume"
        case .openInterest: "open interest"
        case .moneyness: "moneyness"
        case .bid: "bid"
        case .ask: "ask"
        case .mid: "mid price"
        case .spread: "spread"
        case .underlyingClose: "close of the underlying"
        }
    }

    fileprivate func words(from min: Double?, to max: Double?) -> String {
        switch (min, max) {
        case (let min?, let max?) where min == max: "\(label) \(text(min))"
        case (let min?, let max?):
            if isStrict(min, up: true) || isStrict(max, up: false) {
                "\(label) \(bound(min, up: true)) and \(bound(max, up: false))"
            } else {
                "\(label) \(text(min)) to \(text(max))"
            }
        case (let min?, nil): "\(label) \(bound(min, up: true))"
        case (nil, let max?): "\(label) \(bound(max, up: false))"
        case (nil, nil): "\(label) any"
        }
    }

    private var isPercent: Bool { self == .impliedVolatility || self == .spread }

    /// Bounds that exclude their number are the next one to it.
    private func isStrict(_ value: Double, up: Bool) -> Bool {
        func isRound(_ value: Double) -> Bool { (value * 1e4).rounded() / 1e4 == value }
        return isRound(up ? value.nextDown : value.nextUp) && !isRound(value)
    }

    private func bound(_ value: Double, up: Bool) -> String {
        guard isStrict(value, up: up) else { return "\(up ? "≥" : "≤") \(text(value))" }
        return "\(up ? ">" : "<") \(text(up ? value.nextDown : value.nextUp))"
    }

    private func text(_ value: Double) -> String {
        let scaled = isPercent ? value * 100 : value
        let rounded = (scaled * 1e4).rounded() / 1e4
        let digits = rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int(rounded)) : String(rounded)
        return isPercent ? "\(digits)%" : digits
    }
}
