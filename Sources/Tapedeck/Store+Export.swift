import Archive
public import Export
public import ObjectStore

extension Store {
    /// Writes descriptions or rows with their vectors as Parquet, for other engines; see `StoreExport`.
    /// - Parameters:
    ///   - location: a folder, which is created, or a prefix of a bucket.
    ///   - progress: gets the records written, and what is being written.
    /// - Throws: `ExportError`; `ArchiveError` where there is no store or it is damaged; errors of both stores.
    @discardableResult
    public func export(
        to location: StoreLocation, _ settings: ExportSettings,
        progress: @escaping @Sendable (_ records: Int, _ key: String) -> Void = { _, _ in }
    ) async throws -> ExportSummary {
        let archive = try await reader(models: [])
        let out = try location.open(creating: true, environment: options.environment)
        return try await StoreExport(archive, to: out, settings).run(progress: progress)
    }
}
