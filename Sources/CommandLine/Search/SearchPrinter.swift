import Queries

/// An answer as a table for people.
enum SearchPrinter {
    static func print(_ answer: SearchAnswer) {
        if !answer.constraints.isEmpty {
            Terminal.printParagraphs("Understood: " + answer.constraints.joined(separator: " · "))
        }
        if !answer.notUnderstood.isEmpty {
            let words = answer.notUnderstood.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ")
            let more = answer.notUnderstood.count > 20 ? " and \(answer.notUnderstood.count - 20) more" : ""
            Terminal.printParagraphs("Not understood, used for similarity only: \(words)\(more)")
        }
        guard !answer.results.isEmpty else {
            Swift.print("No rows in the years and up to the day asked for.")
            return
        }
        var table = TextTable(
            [
                ("", .right), ("contract", .left), ("quoted", .left), ("days", .right), ("close", .right),
                ("bid", .right), ("ask", .right), ("volume", .right), ("open int", .right), ("IV", .right),
                ("delta", .right), ("similarity", .right),
            ], expendable: ["close", "delta", "days", "open int", "IV", "bid"])
        for (index, result) in answer.results.enumerated() {
            table.add(
                [
                    String(index + 1), result.contract ?? result.symbol ?? result.underlying,
                    result.quoteDate.description, result.daysToExpiry.map(String.init) ?? "–",
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
        Swift.print(Terminal.dim("\(answer.results.count) results in \(Numbers.fixed(answer.elapsedMilliseconds, 1)) ms"))
    }
}
