/// A zip archive of stored, uncompressed files.
public func zip(_ files: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    var archive: [UInt8] = []
    var directory: [UInt8] = []
    for (name, bytes) in files {
        let offset = UInt32(archive.count)
        // Version, flags, method, time and date, checksum, both lengths, length of the name, of the extra field.
        let common =
            little(UInt16(20)) + little(UInt16(0)) + little(UInt16(0)) + little(UInt32(0x21_0000)) + little(crc32(bytes))
            + little(UInt32(bytes.count)) + little(UInt32(bytes.count)) + little(UInt16(name.utf8.count)) + little(UInt16(0))
        archive += little(UInt32(0x0403_4B50)) + common + Array(name.utf8) + bytes
        // Comment, disk, attributes, offset.
        directory +=
            little(UInt32(0x0201_4B50)) + little(UInt16(20)) + common + little(UInt16(0)) + little(UInt16(0))
            + little(UInt16(0)) + little(UInt32(0)) + little(offset) + Array(name.utf8)
    }
    let start = UInt32(archive.count)
    archive += directory
    archive +=
        little(UInt32(0x0605_4B50)) + little(UInt16(0)) + little(UInt16(0)) + little(UInt16(files.count))
        + little(UInt16(files.count)) + little(UInt32(directory.count)) + little(start) + little(UInt16(0))
    return archive
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
    var checksum = UInt32.max
    for byte in bytes {
        checksum ^= UInt32(byte)
        for _ in 0..<8 { checksum = checksum & 1 == 0 ? checksum >> 1 : checksum >> 1 ^ 0xEDB8_8320 }
    }
    return ~checksum
}

/// A number's bytes, the lowest first.
public func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
