import Foundation
import ObjectStore

/// A folder that goes away with the value that made it.
public final class TemporaryFolder: Sendable {
    public let path: String

    public init() throws {
        path = NSTemporaryDirectory() + "tapedeck-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    public func file(_ name: String) -> String { path + "/" + name }

    public func location(_ name: String) -> StoreLocation { .folder(file(name)) }

    public func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

    /// Writes a file, making the folders above it.
    public func write(_ bytes: [UInt8], to name: String) throws {
        let url = URL(fileURLWithPath: file(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    public func text(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }

    public func copy(_ name: String, to other: String) throws {
        try FileManager.default.copyItem(atPath: file(name), toPath: file(other))
    }

    public func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: file(name)) }

    /// Every file below a folder with its bytes; a store's own lock is not of interest.
    public func contents(_ name: String) throws -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        for path in FileManager.default.subpaths(atPath: file(name)) ?? [] where !path.contains(".tapedeck-") {
            var isFolder: ObjCBool = false
            let whole = file(name) + "/" + path
            guard FileManager.default.fileExists(atPath: whole, isDirectory: &isFolder), !isFolder.boolValue else { continue }
            contents[path] = [UInt8](try Data(contentsOf: URL(fileURLWithPath: whole)))
        }
        return contents
    }
}
