import Archive
import MarketData
package import Questions

extension SearchEngine {
    /// Rows and distinct descriptions by year, summed over the years.
    /// - Throws: errors of the store.
    package func size() async throws -> (rows: Int, descriptions: Int) {
        let years = try await snapshot.years([])
        return (years.reduce(0) { $0 + $1.index.batches.reduce(0) { $0 + $1.rowCount } }, years.reduce(0) { $0 + $1.index.count })
    }

    /// The numbers of a field in blocks that are spread over the store, ascending.
    /// - Throws: errors of the store.
    package func sample(of field: Field) async throws -> [Double] {
        var values: [Double] = []
        let size = Snapshot.Rows.blockRows
        for year in try await snapshot.years([]) {
            let options = year.index.batches.indices.filter { year.index.batches[$0].kind == .options }
            for number in options.enumerated().filter({ $0.offset.isMultiple(of: max(1, options.count / 8)) }).map(\.element) {
                guard let batch = try await snapshot.open([number], of: year.index)[number] else { continue }
                let count = year.index.batches[number].rowCount
                for start in stride(from: 0, to: count, by: size * max(1, count / size / 16)) {
                    let rows = batch.block(start..<min(start + size, count), days: nil)
                    values += (rows.numbers(field) ?? []).filter { !$0.isNaN }
                    if let failure = rows.failure { throw failure }
                }
            }
        }
        return values.sorted()
    }
}
