/// Storage layout of a dataset's rows.
public struct HDF5Storage: Sendable, Hashable {
    /// Rows per chunk, the unit of compression, reading and growth.
    public var chunkRows: Int
    /// zlib level, 0 (none) to 9. The stream has its own checksum, so that damage is noticed on reading.
    public var deflateLevel: Int
    /// Whether to group bytes of equal significance, which makes numbers compress better.
    public var shuffle: Bool
    /// Whether chunks have a Fletcher-32 checksum: useful without compression, superfluous with it.
    public var checksum: Bool

    /// Creates a storage layout; by default compressed chunks of 4096 rows.
    public init(chunkRows: Int = 4096, deflateLevel: Int = 4, shuffle: Bool = true, checksum: Bool = false) {
        self.chunkRows = chunkRows
        self.deflateLevel = deflateLevel
        self.shuffle = shuffle
        self.checksum = checksum
    }

    /// Uncompressed chunks with a checksum, for vectors, which do not compress.
    public static func uncompressed(chunkRows: Int) -> HDF5Storage {
        HDF5Storage(chunkRows: chunkRows, deflateLevel: 0, shuffle: false, checksum: true)
    }
}
