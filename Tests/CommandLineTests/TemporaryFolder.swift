import Foundation

/// A folder of a test's own, removed with it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/tapedeck-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { remove() }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws {
        let url = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    /// Every file under a folder with its content: equal before and after means untouched.
    func contents(of name: String) throws -> [String: Data] {
        let root = path + "/" + name
        var files: [String: Data] = [:]
        for file in FileManager.default.subpaths(atPath: root) ?? [] where !file.hasSuffix("lock") {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: root + "/" + file, isDirectory: &isFolder), !isFolder.boolValue
            else { continue }
            files[file] = try Data(contentsOf: URL(fileURLWithPath: root + "/" + file))
        }
        return files
    }
}
