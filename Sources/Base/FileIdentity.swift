import Foundation

/// The identity of the file at a path, to find out whether two paths name one file.
///
/// Links and dots are resolved. An existing file is identified by its device and inode, so two hard links are one file.
public struct FileIdentity: Sendable {
    /// The path without links and dots. For a file that does not exist, the resolved folder and the name.
    public let path: String
    private let node: Node?

    private struct Node: Equatable {
        let device, inode: UInt64
    }

    public init(_ path: String) {
        self.path = Self.resolve(path)
        node = File.Status(of: path).flatMap(Self.node)
    }

    /// The file of an open descriptor, such as standard input; `nil` for anything but a regular file.
    public init?(descriptor: Int32) {
        guard let node = File.Status(descriptor: descriptor).flatMap(Self.node) else { return nil }
        (path, self.node) = ("", node)
    }

    /// Whether both name one regular file, or one that does not exist yet.
    public func isSame(as other: FileIdentity) -> Bool {
        if let node, let otherNode = other.node { return node == otherNode }
        return node == nil && other.node == nil && !path.isEmpty && path == other.path && Self.isFree(path)
    }

    /// Whether the file is, or would be, in a folder or in one of its subfolders.
    public func isInside(_ folder: String) -> Bool {
        let folder = Self.resolve(folder)
        return path.hasPrefix(folder == "/" ? "/" : folder + "/")
    }

    /// `nil` for anything but regular files: a terminal or `/dev/null` may be read and written at once.
    private static func node(_ status: File.Status) -> Node? {
        status.isRegular ? Node(device: status.device, inode: status.inode) : nil
    }

    private static func isFree(_ path: String) -> Bool { access(path, F_OK) != 0 }

    private static func resolve(_ path: String) -> String {
        if let resolved = realpath(path, nil) {
            defer { free(resolved) }
            return String(cString: resolved)
        }
        var whole = Substring(path)
        while whole.hasSuffix("/") { whole.removeLast() }
        let name = whole.split(separator: "/").last ?? ""
        // No folder and no name are left to resolve.
        guard !name.isEmpty, whole != "." else { return path }
        let parent = resolve(FileSystem.folder(of: String(whole)))
        return parent == "/" ? "/" + name : parent + "/" + name
    }
}
