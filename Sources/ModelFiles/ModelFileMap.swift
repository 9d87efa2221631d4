package import Base

extension MemoryMap {
    /// Maps a file of a model into memory.
    /// - Throws: `ModelFileError` with code `.notFound` or `.unreadable`; `.malformed` for a Git LFS pointer.
    package static func modelFile(_ path: String) throws(ModelFileError) -> MemoryMap {
        let file: MemoryMap
        do throws(FileError) {
            file = try MemoryMap(path: path)
        } catch {
            throw ModelFileError(error.kind == .notFound ? .notFound : .unreadable, path, error.reason.text)
        }
        // No file of a model starts like a Git LFS pointer.
        guard !GitLFS.isPointer(file.bytes) else {
            throw ModelFileError(.malformed, path, GitLFS.problem + ", or fetch it again")
        }
        return file
    }
}
