import Base
import CDeflate
import Synchronization

/// The zip archive that `torch.save` writes, mapped into memory, with the locations of its members.
///
/// Reading tensors in place needs the offset of a member's bytes, which libzip does not give. So this type reads the zip
/// directory itself. PyTorch stores members uncompressed, and nothing else is accepted. A member's bytes are thus a part of
/// the file, and an archive cannot claim more than it holds. Bytes are checked against their checksum before they are
/// returned. Format: PKWARE's APPNOTE 6.3.10, sections 4.3.7 and 4.3.12 to 4.3.16.
struct TorchArchive: Sendable {
    let file: MemoryMap
    /// Top-level folder of all members, such as `best_model`.
    let root: String
    private let members: [String: Member]
    private let sound = Sound()

    private struct Member {
        let range: Range<Int>
        /// CRC-32; 0 if the file has none, as written with `torch.serialization.set_crc32_options(False)`.
        let checksum: UInt32
    }

    /// Names of members whose checksum has been verified.
    private final class Sound: Sendable {
        let names = Mutex<Set<String>>([])
    }

    /// Limit on the number of members. A checkpoint has one per tensor and two more per tensor for the optimizer.
    private static let maximumMembers = 1 << 17

    /// - Throws: `ModelFileError`: `.notFound`, `.unreadable`, `.malformed` for a file that is not a complete archive,
    ///   `.unsupported` for archives not written by `torch.save`.
    init(path: String) throws(ModelFileError) {
        let file = try MemoryMap.modelFile(path)
        self.file = file
        func flaw(_ reason: String) -> ModelFileError { ModelFileError(.malformed, path, reason) }
        let reader = LittleEndianBytes(file.bytes)
        guard reader.uint32(0) == 0x0403_4B50 else { throw Self.notAnArchive(file) }
        guard let directory = Self.directory(reader) else {
            throw flaw("truncated: it begins like a PyTorch checkpoint but has no directory at its end; copy it again")
        }
        guard directory.count <= Self.maximumMembers else { throw flaw("its directory claims \(directory.count) members") }
        var entries: [DirectoryEntry] = [], position = directory.start
        for _ in 0..<directory.count {
            guard let entry = DirectoryEntry(reader, at: position), entry.end <= directory.end else {
                throw flaw("damaged: its directory is truncated; copy it again")
            }
            position = entry.end
            entries.append(entry)
        }
        guard position == directory.end else { throw flaw("damaged: its directory has bytes that belong to no member") }
        root = try Self.root(of: entries.map(\.name), path: path)
        var members: [String: Member] = [:]
        for entry in entries {
            guard entry.method == 0, entry.flags & 1 == 0, entry.storedCount == entry.byteCount else {
                throw ModelFileError(
                    .unsupported, path,
                    "\(printable(entry.name)) in it is compressed or encrypted, which torch.save never does; "
                        + "save it with torch.save again")
            }
            guard let range = reader.member(at: entry.offset, count: entry.byteCount), range.upperBound <= directory.start else {
                throw flaw("damaged: \(printable(entry.name)) in it lies outside the file; copy it again")
            }
            guard members.updateValue(Member(range: range, checksum: entry.checksum), forKey: entry.name) == nil else {
                throw flaw("it has two members named \(printable(entry.name))")
            }
        }
        self.members = members
        if let order = try bytes(named: "byteorder"), !order.elementsEqual("little".utf8) {
            throw ModelFileError(.unsupported, path, "its numbers are not little-endian; save it on another machine")
        }
    }

    /// Folder of the pickle.
    private static func root(of names: [String], path: String) throws(ModelFileError) -> String {
        let pickles = names.filter { $0.hasSuffix("/data.pkl") && $0.utf8.count { $0 == UInt8(ascii: "/") } == 1 }
        guard let pickle = pickles.first, pickles.count == 1 else {
            throw ModelFileError(
                .unsupported, path, "not a PyTorch checkpoint: a zip archive with \(pickles.count) members named data.pkl")
        }
        let root = String(pickle.dropLast("/data.pkl".count))
        guard !names.contains("\(root)/constants.pkl") else {
            throw ModelFileError(
                .unsupported, path,
                "a TorchScript program, not a checkpoint; save its weights instead: "
                    + "torch.save({'model_state_dict': model.state_dict(), 'config': {…}}, path)")
        }
        return root
    }

    /// Bytes of a member, valid as long as `file`.
    /// - Parameter name: path below the root, such as `data/0`.
    /// - Throws: `ModelFileError` with code `.malformed` when the bytes do not match their checksum.
    func bytes(named name: String) throws(ModelFileError) -> UnsafeRawBufferPointer? {
        guard let member = members["\(root)/\(name)"] else { return nil }
        let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[member.range])
        guard member.checksum != 0, !sound.names.withLock({ $0.contains(name) }) else { return bytes }
        guard libdeflate_crc32(0, bytes.baseAddress, bytes.count) == member.checksum else {
            throw ModelFileError(.malformed, file.path, "damaged: the checksum of \(printable(name)) in it does not match; copy it again")
        }
        _ = sound.names.withLock { $0.insert(name) }
        return bytes
    }

    private static func notAnArchive(_ file: MemoryMap) -> ModelFileError {
        let start = file.bytes.prefix(16)
        // A pickle of protocol 2 that starts with torch's magic number, 0x1950a86a20f9469cfc6c.
        if start.starts(with: [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC]) {
            return ModelFileError(
                .unsupported, file.path,
                "written in the format of PyTorch before 1.6; convert it with a newer one: "
                    + "torch.save(torch.load(path), path)")
        }
        return ModelFileError(.malformed, file.path, "not a PyTorch checkpoint: it is no zip archive")
    }

    private static func directory(_ bytes: LittleEndianBytes) -> (start: Int, end: Int, count: Int)? {
        // The record at the end of the file has a comment of up to 65,535 bytes, so search for its signature.
        let last = bytes.count - 22
        guard last >= 0 else { return nil }
        for position in stride(from: last, through: max(0, last - 65_535), by: -1) {
            guard bytes.uint32(position) == 0x0605_4B50, bytes.uint16(position + 20) == last - position else { continue }
            var end = position
            var count = bytes.uint16(position + 10), size = bytes.uint32(position + 12), start = bytes.uint32(position + 16)
            // Archives larger than 4 GB, and all of PyTorch's, have a 64-bit version of this record before it.
            if position >= 20, bytes.uint32(position - 20) == 0x0706_4B50 {
                guard let record = bytes.uint64(position - 12), bytes.uint32(record) == 0x0606_4B50 else { return nil }
                end = record
                (count, size, start) = (bytes.uint64(record + 32), bytes.uint64(record + 40), bytes.uint64(record + 48))
            }
            guard let count, let size, let start, size <= end, start <= end - size else { return nil }
            return (start, start + size, count)
        }
        return nil
    }
}

/// An entry of the zip directory.
private struct DirectoryEntry {
    let name: String
    let flags: Int
    let method: Int
    let checksum: UInt32
    let storedCount: Int
    let byteCount: Int
    /// Offset of the member's local header.
    let offset: Int
    /// Offset of the next entry.
    let end: Int

    init?(_ bytes: LittleEndianBytes, at position: Int) {
        guard bytes.uint32(position) == 0x0201_4B50, let flags = bytes.uint16(position + 8), let method = bytes.uint16(position + 10),
            let checksum = bytes.uint32(position + 16), var stored = bytes.uint32(position + 20), var count = bytes.uint32(position + 24),
            let nameCount = bytes.uint16(position + 28),
            let extraCount = bytes.uint16(position + 30), let commentCount = bytes.uint16(position + 32),
            var offset = bytes.uint32(position + 42), let name = bytes.text(position + 46, count: nameCount)
        else { return nil }
        var extra = position + 46 + nameCount
        end = extra + extraCount + commentCount
        let extraEnd = extra + extraCount
        // Extra field 1 holds, in this order, the 64-bit versions of those values that are all ones above.
        while extra + 4 <= extraEnd, let kind = bytes.uint16(extra), let length = bytes.uint16(extra + 2) {
            var next = extra + 4
            extra = next + length
            guard kind == 1, extra <= extraEnd else { continue }
            func widen(_ value: inout Int) -> Bool {
                guard value == 0xFFFF_FFFF else { return true }
                guard next + 8 <= extra, let wide = bytes.uint64(next) else { return false }
                (value, next) = (wide, next + 8)
                return true
            }
            guard widen(&count), widen(&stored), widen(&offset) else { return nil }
        }
        (self.name, self.flags, self.method, self.checksum) = (name, flags, method, UInt32(truncatingIfNeeded: checksum))
        (storedCount, byteCount, self.offset) = (stored, count, offset)
    }
}

/// Bounds-checked access to little-endian numbers: `nil` outside the bytes.
private struct LittleEndianBytes {
    private let bytes: UnsafeRawBufferPointer
    var count: Int { bytes.count }

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private func integer<T: FixedWidthInteger>(_ position: Int, _: T.Type) -> Int? {
        guard position >= 0, position <= bytes.count - MemoryLayout<T>.size else { return nil }
        return Int(exactly: T(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self)))
    }

    func uint16(_ position: Int) -> Int? { integer(position, UInt16.self) }
    func uint32(_ position: Int) -> Int? { integer(position, UInt32.self) }
    func uint64(_ position: Int) -> Int? { integer(position, UInt64.self) }

    func text(_ position: Int, count: Int) -> String? {
        guard position >= 0, count <= bytes.count - position else { return nil }
        return String(validating: bytes[position..<position + count], as: UTF8.self)
    }

    /// Byte range of a member's content, from its local header.
    func member(at position: Int, count: Int) -> Range<Int>? {
        guard uint32(position) == 0x0403_4B50, let name = uint16(position + 26), let extra = uint16(position + 28) else { return nil }
        let start = position + 30 + name + extra
        guard start <= bytes.count, count <= bytes.count - start else { return nil }
        return start..<start + count
    }
}
