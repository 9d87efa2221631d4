import Foundation
import Testing
import TestSupport

/// Runs that wait or crash at one input. A preloaded library does this when the file is opened, so that the program needs no hook for
/// tests.
extension Workplace {
    private static let library = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <signal.h>
        #include <stdarg.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>

        static int is(const char *variable, const char *path) {
            const char *name = getenv(variable);
            return name && *name && strstr(path, name);
        }
        static void meet(const char *path) {
            if (is("CRASH_AT", path)) raise(SIGSEGV);
            if (is("HOLD_AT", path)) while (access("release", F_OK)) usleep(10000);
        }
        int open64(const char *path, int flags, ...) {
            va_list rest;
            va_start(rest, flags);
            int mode = va_arg(rest, int);
            va_end(rest);
            meet(path);
            return ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64"))(path, flags, mode);
        }
        int open(const char *path, int flags, ...) {
            va_list rest;
            va_start(rest, flags);
            int mode = va_arg(rest, int);
            va_end(rest);
            meet(path);
            return ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open"))(path, flags, mode);
        }
        """

    /// The tool with a program that does so.
    /// - Parameter variable: `HOLD_AT` or `CRASH_AT`.
    func preloaded(_ variable: String, _ file: String) throws -> Tool {
        try folder.write(Self.library, to: "at.c")
        let made = try tool.shell("cc -shared -fPIC -o at.so at.c -ldl")
        try #require(made.status == 0, "\(made.errors)")
        var tool = tool
        tool.environment["LD_PRELOAD"] = path("at.so")
        // A crash is meant to be quick.
        tool.environment["SWIFT_BACKTRACE"] = "enable=no"
        tool.environment[variable] = (file as NSString).lastPathComponent
        return tool
    }

    /// Starts a run that waits at its last input until a file `release` exists, and returns when the run waits.
    func startHeldRun(_ flags: [String] = []) throws -> Process {
        let last = try #require(try optionFiles().last)
        let process = try preloaded("HOLD_AT", last).start(
            ["generate", "--source", "market", "--store", "store", "--batch-size", "1"] + flags, messages: "held")
        try wait { try runStatus()?["rows"] as? Int ?? 0 > 0 }
        return process
    }

    /// The output of `status` about the newest run; `nil` if there is none.
    func runStatus() throws -> [String: Any]? {
        let outcome = try tool("status", "--store", "store", "--json")
        guard outcome.status == 0 else { return nil }
        let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        return object?["run"] as? [String: Any]
    }

    /// The process of a supervised run that is reading an input.
    func worker(reading file: String) throws -> Int32? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path("state/tapedeck"))) ?? []
        guard let events = names.first(where: { $0.hasSuffix(".events") }) else { return nil }
        let lines = try text("state/tapedeck/" + events).split(separator: "\n").filter { $0.contains((file as NSString).lastPathComponent) }
        guard let last = lines.last, last.contains("fileStarted") else { return nil }
        let object = try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any]
        return object?["pid"] as? Int32
    }

    /// Waits for something to become true, at most a minute.
    func wait(_ condition: () throws -> Bool, sourceLocation: SourceLocation = #_sourceLocation) throws {
        for _ in 0..<600 {
            if try condition() { return }
            usleep(100_000)
        }
        Issue.record("it never became true", sourceLocation: sourceLocation)
    }

    func freePort() throws -> Int {
        let outcome = try tool.shell("python3 -c 'import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])'")
        return try #require(Int(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)), "\(outcome.errors)")
    }
}
