import Base
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

/// Creates a folder and its parents.
/// - Throws: `ModelHubError` with code `.diskFull` or `.unwritable`.
func createFolder(_ path: String) throws(ModelHubError) {
    do {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
        throw ModelHubError(.unwritable, path, "the folder cannot be made: \(error)")
    }
}

/// Removes a file, or a folder with its contents, if it exists.
func remove(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
}

/// Renames a file or folder to its final name, atomically and durably.
/// - Throws: `ModelHubError` with code `.diskFull` or `.unwritable`.
func moveIntoPlace(_ path: String, _ destination: String) throws(ModelHubError) {
    try onFiles { () throws(FileError) in try FileSystem.replace(destination, with: path) }
}

/// Checks that a disk has enough space.
/// - Throws: `ModelHubError` with code `.diskFull`, giving both numbers.
func requireSpace(_ byteCount: Int, at folder: String) throws(ModelHubError) {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { return }
    let free = UInt64(status.f_bavail) * UInt64(status.f_frsize)
    guard byteCount <= 0 || free >= UInt64(byteCount) else {
        throw ModelHubError(
            .diskFull, folder, "needs \(byteCount >> 20) MiB, and \(free >> 20) MiB are free; free some space and try again")
    }
}

/// Takes an exclusive lock, which ends with the process.
/// - Throws: `ModelHubError` with code `.busy` when another process holds it.
func takeLock(path: String, subject: String) throws(ModelHubError) -> FileLock {
    guard let lock = try onFiles({ () throws(FileError) in try FileLock(path) }) else {
        throw ModelHubError(.busy, subject, "another process is downloading it; wait for it to end")
    }
    return lock
}
