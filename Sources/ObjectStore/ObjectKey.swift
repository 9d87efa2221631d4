/// The rules for keys, which hold for every kind of store.
enum ObjectKey {
    /// Names that begin so are a store's own: temporary files and the lock.
    static let reservedPrefix = ".tapedeck-"

    /// Refuses what is not a relative path of plain names.
    /// - Throws: `.invalidKey`.
    static func validate(_ key: String, location: String) throws(StoreError) {
        func refuse(_ reason: String) -> StoreError {
            StoreError(
                .invalidKey, location: location, key: key, "not a key: \(reason)",
                remedy: "use a relative path such as year_2014/batch_0.h5")
        }
        guard !key.isEmpty else { throw refuse("it is empty") }
        // The limit of S3.
        guard key.utf8.count <= 1024 else { throw refuse("it has more than 1024 bytes") }
        guard !key.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw refuse("it holds control characters")
        }
        guard !key.hasPrefix("/") else { throw refuse("it is absolute") }
        for name in key.split(separator: "/", omittingEmptySubsequences: false) {
            guard !name.isEmpty else { throw refuse("it has an empty part") }
            guard name != ".", name != ".." else { throw refuse("'\(name)' is not a name") }
            guard !name.hasPrefix(reservedPrefix) else { throw refuse("names with \(reservedPrefix) are reserved") }
            guard name.utf8.count <= 255 else { throw refuse("a part has more than 255 bytes") }
        }
    }
}
