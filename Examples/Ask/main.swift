import Tapedeck

do {
    let store = try await Store.open(CommandLine.arguments.dropFirst().first ?? "store")
    let answer = try await store.search("puts out of the money expiring this week", k: 5)
    for result in answer.results {
        print(result.contract ?? result.underlying, result.quoteDate, result.similarity, result.description)
    }
} catch {
    print("error: \(error)")
}
