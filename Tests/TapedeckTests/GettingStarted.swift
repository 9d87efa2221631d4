import Tapedeck

/// The snippets of Sources/Tapedeck/Tapedeck.docc/GettingStarted.md. `DocumentationTests` compares them; nothing calls them.
enum GettingStarted {
    static func ask() async throws {
        let store = try await Store.open("store")
        let answer = try await store.search("Apple puts expiring this week", k: 5)
        for result in answer.results {
            print(result.quoteDate, result.description, result.similarity)
        }
    }

    static func generate() async throws {
        let store = try await Store.open("store", StoreOptions(creates: true))
        var configuration = try store.configuration(source: "market")
        configuration.startYear = 2013
        let plan = try await store.plan(configuration)
        print("about \(plan.rows) rows in \(Int(plan.seconds)) s")
        let summary = try await store.generate(configuration)
        print("\(summary.searchable) rows can be searched")
    }

    static func stop(_ store: Store) async throws {
        let outcome = try await store.control.stop(within: .seconds(60))
        if case .stillActive(let run) = outcome {
            print("process \(run.process) on \(run.host) has not stopped yet")
        }
    }

    static func verify(_ store: Store) async throws {
        let result = try await store.verify(repairs: false)
        for damage in result.report.damaged {
            print(damage.key, damage.problem)
        }
    }

    static func lookUp() throws {
        let cache = try EmbeddingCache.open("cache.h5")
        guard let day = Day(iso: "2014-06-09") else { return }
        let embeddings = cache.embeddings(on: day, tickers: ["AAPL", "MSFT"])
        print(embeddings.hits.count, embeddings.packed().count)
    }

    static func handle() async throws {
        do {
            _ = try await Store.open("s3://bucket/prefix").search("deep in the money calls")
        } catch let error as any TapedeckError {
            print(error.kind, error.message, error.remedy)
        }
    }
}
