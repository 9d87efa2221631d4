import Archive

extension ArchiveWriter {
    /// Builds a year's index and puts it into the store: `generate` and `index rebuild` alike, so that both write the same
    /// bytes.
    func putIndex(of descriptions: YearDescriptions, year: Int, model: String) async throws {
        guard let dimension = manifest.models[model]?.dimension, let vectors = parts.vectors[model] else { return }
        let composer = VectorComposer(
            vectors: vectors, dimension: dimension, template: manifest.descriptions.template)
        try await put(ArchiveLayout.index(model: model, year: year)) { path in
            try composer.buildIndex(descriptions, at: path)
        }
    }
}
