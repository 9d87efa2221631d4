import Foundation
import Tapedeck

// Questions of some years, their development, options like those of a table or like a stored one, and what happened to them.
//
//     swift run AnalysesExample STORE [REFERENCE.csv]

func analyse(_ address: String, reference: String?) async throws {
    let store = try await Store.open(address, StoreOptions(models: ["minilm"]))
    let years = try await store.summary().years.map(\.year)
    guard let first = years.first, let last = years.last else { return print("the store is empty") }

    let question = "deep in the money calls with high volume"
    let request = SearchRequest(question: question, k: 10, models: ["minilm"], years: Set(years.suffix(20)))
    let answer = try await store.search(request)
    for result in answer.results { print(result.contract ?? result.underlying, result.quoteDate, result.similarity) }

    let evolution = try await store.evolution(question, years: first...last)
    for year in evolution.years { print(year.year, year.matches, year.perMillion, year.interval) }

    if let reference {
        let (table, options) = try await store.similar(toFile: reference) { request in
            request.k = 50
            // Five years, up to the day of the table.
            request.years = Set(years.filter { (request.day.year - 4...request.day.year).contains($0) })
        }
        for one in options.prefix(5) { print("line", one.line ?? 0, one.option.result.contract ?? "", one.option.distance) }
        for problem in table.problems { print("line", problem.line, problem.reason) }
    }

    guard let best = answer.results.first(where: { $0.contract != nil }), let contract = best.contract else {
        return print("no option answers the question")
    }
    let similar = try await store.similar(to: OptionContract(parsing: contract), on: best.quoteDate) { request in
        request.k = 50
        request.years = Set(years.filter { $0 <= best.year }.suffix(5))
    }
    for one in similar.prefix(5) { print(one.result.contract ?? "", one.result.quoteDate, one.distance) }

    let outcomes = try await store.outcomes(of: similar.map(\.result))
    for horizon in outcomes.summary { print(horizon.horizon, horizon.distribution.gains, "of", horizon.distribution.count) }
}

do {
    let arguments = CommandLine.arguments.dropFirst()
    try await analyse(arguments.first ?? "store", reference: arguments.dropFirst().first)
} catch {
    print("error: \(error)")
    exit(1)
}
