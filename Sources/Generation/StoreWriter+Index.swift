import Archive

extension StoreWriter {
    /// Builds a year's index and stores it. Used by `generate` and `index rebuild`, so that both write the same bytes.
    func putIndex(of descriptions: YearDescriptions, year: Int, model: String) async throws {
        let composer = VectorComposer(
            vectors: try await StoredVectors(store, manifest: manifest, model: model), template: manifest.descriptions.template)
        try await put(ArchiveLayout.index(model: model, year: year)) { path in
            try composer.buildIndex(descriptions, at: path)
        }
    }
}
