/// Rules for object keys, which apply to every kind of store.
enum ObjectKey {
    /// Prefix of names that a store reserves: temporary files and the lock.
    static let reservedPrefix = ".tapedeck-"

    /// Accepts only relative paths of plain names.
    /// - Throws: `.invalidKey`.
    static func validate(_ key: String, location: String) throws(StoreError) {
        guard let problem = problem(key) else { return }
        throw StoreError(
            .invalidKey, location: location, key: key, "not a key: \(problem)",
            remedy: "use a relative path such as year_2014/batch_0.h5")
    }

    /// Why a text is not a valid key; `nil` if it is valid.
    static func problem(_ key: String) -> String? {
        if key.isEmpty { return "it is empty" }
        // The limit of S3.
        if key.utf8.count > 1024 { return "it has more than 1024 bytes" }
        if key.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return "it holds control characters" }
        if key.utf8.first == UInt8(ascii: "/") { return "it begins with a slash" }
        // Split bytes, not characters: Swift treats a slash and a combining accent after it as one character.
        for bytes in key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            let name = String(decoding: bytes, as: UTF8.self)
            if name.isEmpty { return "it has an empty part (//)" }
            if name == "." || name == ".." { return "'\(name)' is not a name" }
            if isReserved(name) { return "names with \(reservedPrefix) are reserved" }
            if bytes.count > 255 { return "a part has more than 255 bytes" }
        }
        return nil
    }

    /// Whether a name is reserved for the store.
    static func isReserved(_ name: some StringProtocol) -> Bool { name.hasPrefix(reservedPrefix) }
}
