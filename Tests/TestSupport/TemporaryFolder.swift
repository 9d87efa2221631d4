import Foundation

/// A folder that is removed with this value.
public final class TemporaryFolder: Sendable {
    public let path: String

    public init() throws {
        path = NSTemporaryDirectory() + "tapedeck-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { remove() }

    /// Removes it early: nothing that lasts as long as the process is let go.
    public func remove() { try? FileManager.default.removeItem(atPath: path) }

    public func file(_ name: String) -> String { path + "/" + name }

    public func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

    public func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name)))) }

    public func text(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }

    /// Writes a file, making the folders above it.
    /// - Returns: its path.
    @discardableResult
    public func write(_ bytes: [UInt8], to name: String) throws -> String {
        let url = URL(fileURLWithPath: file(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
        return url.path
    }

    @discardableResult
    public func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }

    public func copy(_ name: String, to other: String) throws {
        try FileManager.default.copyItem(atPath: file(name), toPath: file(other))
    }

    public func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: file(name)) }

    /// Every file below a folder with its bytes, except locks: equal before and after means untouched.
    public func contents(of name: String = ".") throws -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        for path in FileManager.default.subpaths(atPath: file(name)) ?? [] where !path.hasSuffix("lock") {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: file(name) + "/" + path, isDirectory: &isFolder), !isFolder.boolValue
            else { continue }
            contents[path] = try bytes(name + "/" + path)
        }
        return contents
    }
}
