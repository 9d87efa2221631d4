import Tapedeck

let store = try await Store.open(CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : "store")
let answer = try await store.search("puts out of the money expiring this week", k: 5)
print("Understood:", answer.constraints.joined(separator: ", "))
for result in answer.results {
    let contract = result.contract ?? result.underlying
    print(contract, result.quoteDate, "similarity", result.similarity, "-", result.description)
}
