import Foundation

/// Identifies a run and the process that executes it.
package struct RunIdentity: Codable, Hashable, Sendable {
    /// Start time and process; sorts runs by start.
    package var run: String
    package var pid: Int32
    package var host: String

    package init(run: String, pid: Int32, host: String) {
        self.run = run
        self.pid = pid
        self.host = host
    }

    /// A run of this process that starts now.
    package static func current() -> RunIdentity {
        let pid = ProcessInfo.processInfo.processIdentifier
        let time = JSONLine.text(of: .now).filter { $0.isNumber || $0 == "T" }
        return RunIdentity(run: "\(time)-\(pid)", pid: pid, host: ProcessInfo.processInfo.hostName)
    }

    /// A worker of this process that starts now. Many workers may start in the same millisecond, on machines that number processes
    /// alike.
    package static func worker() -> RunIdentity {
        var identity = current()
        identity.run += "-" + String(UInt32.random(in: 0 ... .max), radix: 36)
        return identity
    }

    /// Name of a worker in claims.
    package static func name(_ identity: RunIdentity) -> String { identity.host + "-" + identity.run }

    /// Whether the process exists; `nil` if it is on another machine.
    package var processExists: Bool? {
        guard host == ProcessInfo.processInfo.hostName, pid > 0 else { return nil }
        return kill(pid, 0) == 0 || errno == EPERM
    }
}
