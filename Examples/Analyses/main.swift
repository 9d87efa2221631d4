import Tapedeck

// Questions of some years, their development, and options like one that was stored.
//
//     swift run AnalysesExample STORE

do {
    let store = try await Store.open(CommandLine.arguments.dropFirst().first ?? "store", StoreOptions(models: ["minilm"]))
    let years = try await store.summary().years.map(\.year)
    guard let first = years.first, let last = years.last else { fatalError("the store is empty") }

    let question = "deep in the money calls with high volume"
    let answer = try await store.search(SearchRequest(question: question, k: 10, models: ["minilm"], years: [first, last]))
    for result in answer.results { print(result.contract ?? result.underlying, result.quoteDate, result.similarity) }

    let evolution = try await store.evolution(question, years: first...last)
    for year in evolution.years { print(year.year, year.matches, year.perMillion, year.interval) }

    guard let best = answer.results.first, let contract = best.contract else { fatalError("no option answers the question") }
    let similar = try await store.similar(to: OptionContract(parsing: contract), on: best.quoteDate) { request in
        request.k = 50
        request.years = Set(years.suffix(5))
    }
    for one in similar.prefix(5) { print(one.result.contract ?? "", one.result.quoteDate, one.distance) }

    let outcomes = try await store.outcomes(of: similar.map(\.result))
    for horizon in outcomes.summary {
        print(horizon.horizon, horizon.distribution.gains, "of", horizon.distribution.count, horizon.distribution.median ?? .nan)
    }
} catch {
    print("error: \(error)")
}
