#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Creates a folder and those above it.
/// - Throws: `ModelHubError` with code `.diskFull` or `.unwritable`.
func createFolder(_ path: String) throws(ModelHubError) {
    do {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
        throw ModelHubError(.unwritable, path, "the folder cannot be made: \(error)")
    }
}

/// Removes a file, or a folder with all that is in it, if it is there.
func remove(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
}

/// Gives a file or folder its final name, at once and for good.
/// - Throws: `ModelHubError` with code `.diskFull` or `.unwritable`.
func moveIntoPlace(_ path: String, _ destination: String) throws(ModelHubError) {
    guard rename(path, destination) == 0 else { throw FileWriter.failure(destination) }
}

/// Checks that a disk has room.
/// - Throws: `ModelHubError` with code `.diskFull`, giving both numbers.
func requireSpace(_ byteCount: Int, at folder: String) throws(ModelHubError) {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { return }
    let free = UInt64(status.f_bavail) * UInt64(status.f_frsize)
    guard byteCount <= 0 || free >= UInt64(byteCount) else {
        throw ModelHubError(
            .diskFull, folder, "\(byteCount >> 20) MiB are needed and \(free >> 20) MiB are free; make room and try again")
    }
}

/// A lock that one process at a time holds, and that ends with the process.
struct FolderLock: ~Copyable {
    private let descriptor: Int32

    /// - Throws: `ModelHubError` with code `.busy` when another process holds it.
    init(path: String, subject: String) throws(ModelHubError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileWriter.failure(path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw ModelHubError(.busy, subject, "another process is fetching it; wait for that one")
        }
    }

    deinit { _ = close(descriptor) }
}
