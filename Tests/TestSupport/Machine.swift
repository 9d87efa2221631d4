import Foundation

/// Requirements of some tests; without them, these tests are reported as skipped.
public enum Machine {
    /// Whether there is a Python with this module: named by `TAPEDECK_PYTHON`, as scripts/test does, or that of the peers' folder.
    public static func hasPython(with module: String) -> Bool { Python(with: module) != nil }

    /// Why tests of a Python module are skipped.
    public static let pythonIsMissing = "no Python with the module; name one in TAPEDECK_PYTHON"

    /// Whether a file system of a few kilobytes can be mounted, to be full.
    public static let canMount: Bool = {
        guard getuid() == 0, let folder = try? TemporaryFolder() else { return false }
        func run(_ command: String...) -> Bool {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = command
            (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
            guard (try? process.run()) != nil else { return false }
            process.waitUntilExit()
            return process.terminationStatus == 0
        }
        guard run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.path) else { return false }
        return run("mount", "-o", "remount,ro", folder.path) && run("umount", folder.path)
    }()

    /// Why tests of full disks are skipped.
    public static let cannotMount = "a small file system cannot be mounted here"
}
