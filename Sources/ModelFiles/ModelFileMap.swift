package import Base

extension MemoryMap {
    /// Maps a file of a model into memory.
    /// - Throws: `ModelFileError` with code `.notFound` or `.unreadable`; `.malformed` for a pointer of Git LFS.
    package static func modelFile(_ path: String) throws(ModelFileError) -> MemoryMap {
        let file: MemoryMap
        do throws(FileError) {
            file = try MemoryMap(path: path)
        } catch {
            throw ModelFileError(error.kind == .notFound ? .notFound : .unreadable, path, error.reason.text)
        }
        // Every kind of file of a model may be one, and none begins like it.
        guard !file.bytes.starts(with: pointerStart) else {
            throw ModelFileError(
                .malformed, path, "a Git LFS pointer, not the file itself; run 'git lfs pull' in its repository, or fetch it again")
        }
        return file
    }

    /// What Git LFS leaves in a clone in place of a large file (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md).
    private static let pointerStart = Array("version https://git-lfs".utf8)
}
