import MarketData
import Monitoring
import Queries
import Questions

/// An answer as a table for people.
enum SearchPrinter {
    static func print(_ answer: SearchAnswer) {
        printUnderstanding(answer)
        if let groups = answer.groups {
            print(groups)
        } else if answer.results.isEmpty {
            Swift.print(
                answer.constraints.isEmpty
                    ? "No rows in the years and up to the day asked for." : "No row meets every constraint.")
        } else {
            printRows(answer)
        }
        printFoot(answer)
    }

    /// What was understood of the question.
    static func printUnderstanding(_ answer: SearchAnswer) {
        let understood = answer.constraints + answer.requests
        if !understood.isEmpty { Terminal.printParagraphs("Understood: " + understood.joined(separator: " · ")) }
        for correction in answer.corrections { Terminal.printParagraphs("Read \"\(correction.word)\" as \"\(correction.readAs)\".") }
        for note in answer.notes { Terminal.printParagraphs("Note: \(note)") }
        for unknown in answer.cannotKnow {
            let nearest = unknown.proxy.map { " Nearest: \($0)." } ?? ""
            Terminal.printParagraphs("Cannot use \"\(unknown.term)\": \(unknown.reason).\(nearest)")
        }
        if !answer.notUnderstood.isEmpty {
            let words = answer.notUnderstood.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ")
            let more = answer.notUnderstood.count > 20 ? " and \(answer.notUnderstood.count - 20) more" : ""
            Terminal.printParagraphs("Not understood, used for similarity only: \(words)\(more)")
        }
    }

    private static func printRows(_ answer: SearchAnswer) {
        let sortedBy = Set(answer.results.flatMap(\.measures.keys)).subtracting(shownMeasures).sorted()
        var table = TextTable(
            [("", .right), ("contract", .left), ("kind", .left), ("strike", .right), ("expiry", .left), ("quoted", .left)]
                + sortedBy.map { ($0.replacing("_", with: " "), .right) }
                + [
                    ("days", .right), ("close", .right), ("bid", .right), ("ask", .right), ("volume", .right), ("open int", .right),
                    ("IV", .right), ("delta", .right), ("similarity", .right),
                ],
            expendable: ["similarity", "close", "kind", "strike", "delta", "days", "expiry", "open int", "IV", "bid"])
        for (index, result) in answer.results.enumerated() {
            table.add(
                [
                    String(index + 1), result.contract ?? result.symbol ?? result.underlying, result.kind,
                    Numbers.optional(result.strike, 2), result.expiration?.description ?? "–", result.quoteDate.description,
                ] + sortedBy.map { Numbers.optional(result.measures[$0], 4) } + [
                    result.daysToExpiry.map(String.init) ?? "–",
                    Numbers.optional(result.underlyingClose, 2), Numbers.optional(result.bid, 2),
                    Numbers.optional(result.ask, 2), result.volume.map(Numbers.grouped) ?? "–",
                    result.openInterest.map(Numbers.grouped) ?? "–",
                    result.impliedVolatility.map { Numbers.fixed($0 * 100, 1) + "%" } ?? "–",
                    Numbers.optional(result.delta, 2), Numbers.fixed(Double(result.similarity), 3),
                ], note: result.misses.isEmpty ? "" : "misses " + result.misses.joined(separator: ", "))
        }
        Swift.print("")
        table.print()
        Swift.print("")
        Terminal.printParagraphs("1: \(answer.results[0].description)", style: Terminal.dim)
        let relaxed = answer.results.filter { !$0.misses.isEmpty }.count
        if relaxed > 0 {
            let met = answer.results.count - relaxed
            Terminal.printParagraphs("\(met) of \(answer.results.count) results meet every constraint; the others say what they miss.")
        }
    }

    /// Measures that always have a column.
    private static let shownMeasures: Set<String> = ["strike", "dte", "close", "bid", "ask", "volume", "open_interest", "iv", "delta", "quote_date"]

    private static func print(_ groups: [AggregateGroup]) {
        guard let first = groups.first else { return Swift.print("No row meets every constraint.") }
        let keys = first.key.keys.sorted()
        let names = first.values.keys.sorted()
        var table = TextTable(
            keys.map { ($0, .left) } + [("rows", .right)] + names.map { ($0.replacing("_", with: " "), .right) })
        for group in groups {
            table.add(
                keys.map { group.key[$0] ?? "" } + [Numbers.grouped(group.rows)] + names.map { number(group.values[$0] ?? nil) })
        }
        Swift.print("")
        table.print()
        Swift.print("")
    }

    /// Large numbers whole, small ones with four digits after the point.
    private static func number(_ value: Double?) -> String {
        guard let value else { return "–" }
        return abs(value) >= 1000 && abs(value) < 1e15 ? Numbers.grouped(Int(value.rounded())) : Numbers.fixed(value, 4)
    }

    private static func printFoot(_ answer: SearchAnswer) {
        let milliseconds = Numbers.fixed(answer.elapsedMilliseconds, 1)
        let matching = answer.matchingRows.map { "\(Numbers.grouped($0)) matching \($0 == 1 ? "row" : "rows")" }
        let count = answer.groups?.count ?? answer.results.count
        let listed = "\(count) \(answer.groups == nil ? "result" : "group")\(count == 1 ? "" : "s")"
        Swift.print(Terminal.dim("\(listed)\(matching.map { " of \($0)" } ?? "") in \(milliseconds) ms"))
    }

    /// How each word of a question was used.
    static func explain(_ reading: Reading) {
        var table = TextTable([("words", .left), ("use", .left), ("read as", .left)])
        for step in reading.steps { table.add([step.text, step.use.rawValue, step.reading]) }
        table.print()
        let subject = reading.query.subject == .nameDays ? ", days of underlyings" : ""
        Terminal.printParagraphs("\nintent \(reading.query.intent.rawValue)\(subject), \(reading.query.constraints.compactText)")
        for diagnostic in reading.diagnostics { Terminal.printParagraphs("Note: \(diagnostic)") }
        if !reading.notUnderstood.isEmpty {
            Terminal.printParagraphs("Not understood: " + reading.notUnderstood.map { "\"\($0)\"" }.joined(separator: ", "))
        }
    }
}
