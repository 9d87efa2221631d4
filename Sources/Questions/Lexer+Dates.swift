import MarketData

extension Lexer {
    /// A date in digits: 2014-06-12, 2014/6/12, 6/12/2014, 13/6/2014, 13.6.2014, 6/12/14, 20140612, 6/20; a month in digits: 2014-06, 6/2014.
    ///
    /// - Returns: whether a token was appended.
    mutating func readDate() -> Bool {
        let start = position
        guard CharacterClass.isDigit(scalar(start)) else { return false }
        var groups: [(value: Int, count: Int)] = []
        var mark: UInt32 = 0
        var index = start
        var ends: [Int] = []
        while groups.count < 3 {
            var value = 0
            var count = 0
            while count < 9, CharacterClass.isDigit(scalar(index)) {
                value = value * 10 + Int(scalar(index) - 0x30)
                count += 1
                index += 1
            }
            guard count > 0 else { return false }
            groups.append((value, count))
            ends.append(index)
            let next = scalar(index)
            guard groups.count < 3, next == 0x2D || next == 0x2F || next == 0x2E, mark == 0 || next == mark,
                CharacterClass.isDigit(scalar(index + 1))
            else { break }
            mark = next
            index += 1
        }
        return finishDate(groups, mark: mark, ends: ends, start: start)
    }

    /// A time of day: one or two digits, a colon, two digits. "7:1" is a ratio.
    ///
    /// - Returns: whether a token was appended.
    mutating func readTime() -> Bool {
        let start = position
        var colon = start
        while colon < start + 2, CharacterClass.isDigit(scalar(colon)) { colon += 1 }
        guard colon > start, scalar(colon) == 0x3A, CharacterClass.isDigit(scalar(colon + 1)), CharacterClass.isDigit(scalar(colon + 2)),
            !CharacterClass.isDigit(scalar(colon + 3)), scalar(colon + 1) < 0x36
        else { return false }
        append(.time, from: start, to: colon + 3)
        return true
    }

    private mutating func finishDate(_ groups: [(value: Int, count: Int)], mark: UInt32, ends: [Int], start: Int) -> Bool {
        guard let end = ends.last, !CharacterClass.isDigit(scalar(end)) else { return false }
        // "6/12/2014x" is no date; a letter after the year is.
        guard !CharacterClass.isLetter(scalar(end)) else { return false }
        switch groups.count {
        case 1 where groups[0].count == 8:
            let value = groups[0].value
            guard (1990...2099).contains(value / 10_000), (1...12).contains(value / 100 % 100), (1...31).contains(value % 100)
            else { return false }
            appendDate(value / 10_000, value / 100 % 100, value % 100, from: start, to: end)
            return true
        case 2 where mark == 0x2F && groups[0].count <= 2 && groups[1].count <= 2:
            guard (1...12).contains(groups[0].value), (1...31).contains(groups[1].value), scalar(end) != 0x2F else { return false }
            append(.monthDay(month: groups[0].value, day: groups[1].value), from: start, to: end)
            return true
        case 2 where mark == 0x2D && groups[0].count == 4 && groups[1].count == 2:
            guard (1990...2099).contains(groups[0].value), (1...12).contains(groups[1].value), scalar(end) != 0x2D else { return false }
            append(.yearMonth(year: groups[0].value, month: groups[1].value), from: start, to: end)
            return true
        case 2 where mark == 0x2F && groups[0].count <= 2 && groups[1].count == 4:
            guard (1990...2099).contains(groups[1].value), (1...12).contains(groups[0].value), scalar(end) != 0x2F else { return false }
            append(.yearMonth(year: groups[1].value, month: groups[0].value), from: start, to: end)
            return true
        case 3 where groups[0].count == 4 && groups[1].count <= 2 && groups[2].count <= 2:
            appendDate(groups[0].value, groups[1].value, groups[2].value, from: start, to: end)
            return true
        case 3 where mark != 0x2E && groups[0].count <= 2 && groups[1].count <= 2 && (groups[2].count == 4 || groups[2].count == 2):
            guard mark == 0x2F || groups[2].count == 4 else { return false }
            // "85/90/95" are strikes.
            guard groups[2].count == 4 || groups[0].value <= 31 || groups[1].value <= 31 else { return false }
            let year = groups[2].count == 4 ? groups[2].value : (groups[2].value >= 80 ? 1900 : 2000) + groups[2].value
            // "13/06/2014": no month is the thirteenth.
            let isDayFirst = groups[0].value > 12 && (1...12).contains(groups[1].value)
            appendDate(year, groups[isDayFirst ? 1 : 0].value, groups[isDayFirst ? 0 : 1].value, from: start, to: end)
            return true
        case 3 where mark == 0x2E && groups[0].count <= 2 && groups[1].count <= 2 && groups[2].count == 4:
            // "13.06.2014": dots are written where the day comes first.
            appendDate(groups[2].value, groups[1].value, groups[0].value, from: start, to: end)
            return true
        default:
            return false
        }
    }

    private mutating func appendDate(_ year: Int, _ month: Int, _ day: Int, from start: Int, to end: Int) {
        if let day = Day(year: year, month: month, day: day) {
            append(.date(day), from: start, to: end)
        } else {
            append(.impossibleDate, from: start, to: end)
        }
    }
}
