/// Pointers of Git LFS: small texts that a clone without LFS holds in place of large files.
///
/// Source: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
package enum GitLFS {
    private static let start = Array("version https://git-lfs".utf8)

    /// The message of a reader about a pointer.
    package static let problem = "a Git LFS pointer, not the file itself; run 'git lfs pull' in its repository"

    /// Whether a file that begins with these bytes is a pointer.
    package static func isPointer(_ bytes: some Sequence<UInt8>) -> Bool { bytes.starts(with: start) }

    /// Whether the file at a path is a pointer; `false` if it cannot be read.
    package static func isPointer(path: String) -> Bool {
        guard let file = try? File(reading: path), let bytes = try? file.read(0..<start.count) else { return false }
        return isPointer(bytes)
    }
}
