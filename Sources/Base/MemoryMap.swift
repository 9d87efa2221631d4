import Foundation

/// A read-only memory map of a file, which lives as long as this object. The system reads pages on first access.
///
/// Sendable because the bytes are only read. If a mapped file is truncated, access to the missing pages ends the process. Objects of
/// stores and files of models are replaced by renaming, which leaves the mapped file intact.
public final class MemoryMap: @unchecked Sendable {
    public let path: String
    /// The bytes, valid while this object lives.
    package let bytes: UnsafeRawBufferPointer

    /// - Throws: `FileError`; of kind `.invalidInput` for folders and devices.
    public init(path: String) throws(FileError) {
        self.path = path
        let file = try File(reading: path), status = try file.status()
        guard status.isRegular else { throw FileError(path, "could not be read", number: EISDIR) }
        guard status.size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let base = mmap(nil, status.size, PROT_READ, MAP_SHARED, file.number, 0), base != MAP_FAILED else {
            throw FileError(path, "could not be mapped into memory")
        }
        bytes = UnsafeRawBufferPointer(start: base, count: status.size)
    }

    deinit {
        if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
    }

    /// The size in bytes.
    public var count: Int { bytes.count }

    /// Runs `body` on the bytes, which are valid only within it.
    /// - Throws: errors of `body`.
    public func withBytes<Result, Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Result) throws(Failure) -> Result {
        try body(bytes)
    }
}

/// The bytes of a file that exists, mapped to be written in any order.
///
/// For one task at a time. The system writes pages back when memory is short, so a large file takes little of it.
package final class WritableMap {
    package let bytes: UnsafeMutableRawBufferPointer

    /// Maps a file and reserves the disk space of all its bytes, so that writing to the map cannot run out of disk space.
    /// - Throws: `FileError`; of kind `.outOfSpace` when the disk is full.
    package init(path: String) throws(FileError) {
        let file = try File(writing: path, .never), status = try file.status()
        guard status.size > 0 else {
            bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
            return
        }
        let cause = posix_fallocate(file.number, 0, status.size)
        // Some file systems cannot reserve space; EINVAL and EOPNOTSUPP say so.
        guard cause == 0 || cause == EINVAL || cause == EOPNOTSUPP else { throw FileError(path, "could not be written", number: cause) }
        guard let base = mmap(nil, status.size, PROT_READ | PROT_WRITE, MAP_SHARED, file.number, 0), base != MAP_FAILED else {
            throw FileError(path, "could not be mapped into memory")
        }
        bytes = UnsafeMutableRawBufferPointer(start: base, count: status.size)
    }

    deinit {
        if let base = bytes.baseAddress { munmap(base, bytes.count) }
    }
}

/// Numbers that lie in a mapped file, read where they are.
package struct MappedArray<Element: BitwiseCopyable>: @unchecked Sendable, RandomAccessCollection {
    // The map is read-only, and the elements live as long as it does. What callers do for every element is inlined into them.
    @usableFromInline package let map: MemoryMap
    @usableFromInline package let elements: UnsafeBufferPointer<Element>

    /// - Parameter offset: bytes from the beginning of the file to the first element.
    /// - Returns: `nil` when the elements do not lie within the file, or not at a multiple of their size.
    package init?(_ map: MemoryMap, offset: Int, count: Int, of type: Element.Type = Element.self) {
        let (length, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        guard offset >= 0, count >= 0, !overflow, offset <= map.count, length <= map.count - offset,
            offset.isMultiple(of: MemoryLayout<Element>.alignment)
        else { return nil }
        self.map = map
        elements = UnsafeBufferPointer(rebasing: map.bytes.bindMemory(to: UInt8.self)[offset..<offset + length])
            .withMemoryRebound(to: Element.self) { UnsafeBufferPointer(start: $0.baseAddress, count: count) }
    }

    @inlinable package var startIndex: Int { 0 }
    @inlinable package var endIndex: Int { elements.count }
    // The standard library's is generic code that looks up metadata at every call.
    @inlinable package var count: Int { elements.count }

    @inlinable package subscript(index: Int) -> Element {
        precondition(index >= 0 && index < elements.count)
        return elements[index]
    }

    /// Runs `body` on the elements, which are valid only within it.
    @inlinable package func withUnsafe<Result>(_ body: (UnsafeBufferPointer<Element>) throws -> Result) rethrows -> Result { try body(elements) }
}
