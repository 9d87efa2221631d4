import Foundation

/// Parses times in server responses.
enum S3Time {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `2009-10-12T17:50:30.000Z`.
    static func listed(_ text: String) -> Date? {
        let numbers = text.prefix(64).split { !$0.isNumber }.map { Int($0) ?? -1 }
        return numbers.count >= 6 ? date(Array(numbers.prefix(6))) : nil
    }

    /// `Wed, 21 Oct 2015 07:28:00 GMT` (RFC 9110, 5.6.7).
    static func field(_ text: String) -> Date? {
        let words = text.prefix(64).split { ", :".contains($0) }
        guard words.count >= 7, let month = months.firstIndex(of: String(words[2])) else { return nil }
        return date([words[3], "\(month + 1)", words[1], words[4], words[5], words[6]].map { Int($0) ?? -1 })
    }

    /// - Parameter numbers: year, month, day, hour, minute, second, in UTC.
    private static func date(_ numbers: [Int]) -> Date? {
        guard (1...9999).contains(numbers[0]), (1...12).contains(numbers[1]), (1...31).contains(numbers[2]),
            (0...23).contains(numbers[3]), (0...59).contains(numbers[4]), (0...60).contains(numbers[5])
        else { return nil }
        var time = tm()
        time.tm_year = Int32(numbers[0] - 1900)
        time.tm_mon = Int32(numbers[1] - 1)
        time.tm_mday = Int32(numbers[2])
        time.tm_hour = Int32(numbers[3])
        time.tm_min = Int32(numbers[4])
        time.tm_sec = Int32(numbers[5])
        return Date(timeIntervalSince1970: TimeInterval(timegm(&time)))
    }
}
