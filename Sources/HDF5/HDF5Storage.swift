/// How the rows of a dataset are laid out in the file.
public struct HDF5Storage: Sendable, Hashable {
    /// Rows of a chunk: the unit of compression, reading and growth.
    public var chunkRows: Int
    /// zlib level, 0 (none) to 9. The stream carries a checksum of its own, so that damage is noticed on reading.
    public var deflateLevel: Int
    /// Whether bytes of equal significance are stored side by side, which makes numbers compress better.
    public var shuffle: Bool
    /// Whether a chunk carries a Fletcher-32 checksum. Worth it without compression, superfluous with.
    public var checksum: Bool

    public init(chunkRows: Int = 4096, deflateLevel: Int = 4, shuffle: Bool = true, checksum: Bool = false) {
        self.chunkRows = chunkRows
        self.deflateLevel = deflateLevel
        self.shuffle = shuffle
        self.checksum = checksum
    }

    /// Chunks as they are, with a checksum: for vectors, which do not compress.
    public static func uncompressed(chunkRows: Int) -> HDF5Storage {
        HDF5Storage(chunkRows: chunkRows, deflateLevel: 0, shuffle: false, checksum: true)
    }
}
