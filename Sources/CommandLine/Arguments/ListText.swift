import ArgumentParser
import Foundation

/// Comma-separated values of flags.
enum ListText {
    /// "a,b" → ["a", "b"].
    static func items(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    /// "2013,2015-2017" → the years named.
    /// - Throws: `ValidationError` naming the item that is not a year.
    static func years(_ text: String?) throws -> Set<Int> {
        var years: Set<Int> = []
        for item in items(text) {
            let ends = item.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard ends.count <= 2, let first = ends[0], let last = ends[ends.count - 1], first <= last,
                (1900...2200).contains(first), (1900...2200).contains(last)
            else { throw ValidationError("--years '\(item)' is not a year or a range of years; write 2014 or 2013-2015.") }
            years.formUnion(first...last)
        }
        return years
    }

    /// "1,5,10" → numbers of sessions.
    /// - Throws: `ValidationError` for anything but whole numbers from 1 to 260.
    static func sessions(_ text: String) throws -> [Int] {
        let numbers = items(text).map { Int($0) }
        guard !numbers.isEmpty, numbers.allSatisfy({ $0.map { (1...260).contains($0) } ?? false }) else {
            throw ValidationError("--horizons '\(text)' are not numbers of sessions from 1 to 260, such as 1,5,10.")
        }
        return numbers.compactMap(\.self)
    }
}
