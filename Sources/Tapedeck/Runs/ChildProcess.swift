import Dispatch
import Foundation

/// A program started in a process of its own.
package struct ChildProcess: Sendable {
    enum Group {
        /// A process group of its own: Ctrl-C does not reach it unless this process forwards it.
        case own
        /// A session of its own: it outlives the terminal.
        case detached
    }

    enum End: Hashable, Sendable {
        case exit(Int32)
        case signal(Int32)

        /// In words.
        var text: String {
            switch self {
            case .exit(let code): "the process ended with exit code \(code)"
            case .signal(let number): "the process was ended by signal \(number) (\(String(cString: strsignal(number))))"
            }
        }
    }

    let pid: pid_t

    /// The path of this program.
    package static var thisProgram: String { Bundle.main.executablePath ?? CommandLine.arguments[0] }

    /// `POSIX_SPAWN_SETSID` of spawn.h, which is shown to GNU programs only.
    private static let newSession: Int16 = 0x80

    /// - Parameters:
    ///   - program: the path of the program.
    ///   - arguments: its command line, without the program's name.
    ///   - output: the file for standard output and error; input is then empty. `nil` shares those of this process.
    /// - Throws: `RunError` when the program cannot be started.
    init(_ program: String, _ arguments: [String], group: Group, output: String? = nil) throws(RunError) {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The child must not inherit that this process ignores signals, which it does to handle them itself.
        var handled = sigset_t()
        sigemptyset(&handled)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&handled, number) }
        posix_spawnattr_setsigdefault(&attributes, &handled)
        let flag = group == .detached ? Self.newSession : Int16(POSIX_SPAWN_SETPGROUP)
        posix_spawnattr_setflags(&attributes, flag | Int16(POSIX_SPAWN_SETSIGDEF))
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        if let output {
            posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
            posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO)
        }
        // A program that waits for this process to close a pipe or a lock must not wait for the child.
        if group == .detached { Self.keepOpenFilesHere() }
        var vector = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for text in vector { free(text) } }
        var pid: pid_t = 0
        let cause = posix_spawn(&pid, program, &files, &attributes, &vector, environ)
        guard cause == 0 else { throw RunError(.unavailable, "cannot start \(program): \(String(cString: strerror(cause)))") }
        self.pid = pid
    }

    /// Marks all open files but the standard three as close-on-exec.
    private static func keepOpenFilesHere() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            guard let number = Int32(name), number > STDERR_FILENO else { continue }
            _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        }
    }

    func send(_ signal: Int32) { kill(pid, signal) }

    /// How the process ended; `nil` while it runs.
    func endedAlready() -> End? {
        var status: Int32 = 0
        return waitpid(pid, &status, WNOHANG) == pid ? Self.end(status) : nil
    }

    /// Waits until the process ends.
    func wait() async -> End {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var status: Int32 = 0
                while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
                continuation.resume(returning: Self.end(status))
            }
        }
    }

    private static func end(_ status: Int32) -> End {
        let signal = status & 0x7F
        return signal == 0 ? .exit(status >> 8 & 0xFF) : .signal(signal)
    }
}
