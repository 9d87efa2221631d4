import ModelFiles
import StrictJSON

/// The Hugging Face hub's description of a model's repository (`GET /api/models/{id}/revision/{revision}?blobs=true`,
/// https://huggingface.co/docs/hub/api).
struct HubRepository: Equatable {
    struct File: Equatable {
        let name: String
        let byteCount: Int
        /// Git's SHA-1 of the file, or of the pointer of a large file.
        let gitBlob: String
        /// SHA-256 of a large file.
        let sha256: String?

        /// The name of the file in the cache's `blobs`, by which other tools find it: the file's entity tag.
        var blobName: String { sha256 ?? gitBlob }
    }

    /// The revision, as a commit.
    let commit: String
    let files: [File]

    /// - Throws: `ModelHubError` with code `.badAnswer` for an invalid description, including names that would leave the
    ///   cache's folders.
    init(_ answer: [UInt8], subject: String) throws(ModelHubError) {
        func bad(_ reason: String) -> ModelHubError {
            ModelHubError(.badAnswer, subject, "the hub's description of it is invalid: \(reason)")
        }
        let json: JSONValue
        do { json = try JSONValue(parsing: answer) } catch { throw bad("\(error)") }
        guard let commit = json["sha"]?.string, Self.isHash(commit, 40) else { throw bad("no commit") }
        guard let siblings = json["siblings"]?.array else { throw bad("no files") }
        var files: [File] = []
        for sibling in siblings {
            guard let name = sibling["rfilename"]?.string else { throw bad("a file without a name") }
            guard ModelFileNames.isWanted(name) else { continue }
            let sha256 = sibling["lfs"]?["sha256"]?.string
            guard let size = (sibling["lfs"]?["size"] ?? sibling["size"])?.integer, size >= 0,
                let blob = sibling["blobId"]?.string, Self.isHash(blob, 40),
                sha256.map({ Self.isHash($0, 64) }) ?? true
            else { throw bad("\(name) has no size or checksum") }
            files.append(File(name: name, byteCount: size, gitBlob: blob, sha256: sha256))
        }
        self.commit = commit
        self.files = files
    }

    private static func isHash(_ text: String, _ length: Int) -> Bool {
        text.utf8.count == length && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
