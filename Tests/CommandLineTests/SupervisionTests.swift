import Foundation
import Testing
import TestSupport

/// Runs in the background, stopped by other processes, and restarted after a crash.
struct SupervisionTests {
    private static let run = ["generate", "--source", "market", "--store", "store", "--max-workers", "1", "--supervise"]

    @Test func aPoisonedInputIsExcludedAndNamed() throws {
        let place = try Workplace(store: false)
        let poison = try #require(try place.optionFiles().dropFirst(3).first)
        let name = (poison as NSString).lastPathComponent
        let process = try place.preloaded("CRASH_AT", poison).start(Self.run, messages: "messages")
        process.waitUntilExit()
        let messages = try place.text("messages")
        #expect(process.terminationStatus == 1, "\(messages)")
        #expect(messages.contains("ended by signal 11") && messages.contains("it restarts in 1.0 s"))
        #expect(messages.contains("for the second time while it read options-complete/\(name): later runs skip"))
        #expect(messages.contains("everything else is done, but 1 file cannot be used"))
        let status = try place.tool("status", "--store", "store", "--json").output
        #expect(status.contains("options-complete/\(name): excluded, because twice while a run read it"))
        // Later runs also exclude it, until a flag says otherwise.
        let again = try place.preloaded("CRASH_AT", poison)("generate", "--source", "market", "--store", "store")
        expectFailure(again, naming: name, "--retry-quarantined")
        let retried = try place.tool("generate", "--source", "market", "--store", "store", "--retry-quarantined")
        #expect(retried.status == 0, "\(retried.errors)")
        #expect(!(try place.tool("status", "--store", "store", "--json").output.contains("excluded")))
    }

    @Test func aKilledWorkerRestarts() throws {
        let place = try Workplace(store: false)
        let held = try #require(try place.optionFiles().last)
        let process = try place.preloaded("HOLD_AT", held).start(Self.run, messages: "messages")
        // Killed twice at the same input, which is then excluded.
        var killed: Int32?
        for _ in 0..<2 {
            var pid: Int32?
            try place.wait {
                pid = try place.worker(reading: held)
                return pid != nil && pid != killed
            }
            kill(try #require(pid), SIGKILL)
            killed = pid
        }
        process.waitUntilExit()
        let messages = try place.text("messages")
        #expect(process.terminationStatus == 1, "\(messages)")
        #expect(messages.contains("ended by signal 9"))
        #expect(messages.contains("1 file cannot be used"))
    }

    @Test func aStopRequestIsHonoredBetweenTwoStarts() throws {
        let place = try Workplace(store: false)
        let held = try #require(try place.optionFiles().last)
        let process = try place.preloaded("HOLD_AT", held).start(Self.run, messages: "messages")
        var pid: Int32?
        try place.wait {
            pid = try place.worker(reading: held)
            // And the store knows of the run.
            return try pid != nil && place.runStatus() != nil
        }
        // As `stop` does for a run that died; here before, so that the test need not be quick.
        try place.folder.write("{}", to: "store/financial-embeddings/control/stop.json")
        kill(try #require(pid), SIGKILL)
        process.waitUntilExit()
        let messages = try place.text("messages")
        #expect(process.terminationStatus == 128 + SIGTERM && messages.contains("the run does not restart"), "\(messages)")
        #expect(!FileManager.default.fileExists(atPath: place.path("store/financial-embeddings/control/stop.json")))
        let stop = try place.tool("stop", "--store", "store")
        #expect(stop.status == 0 && stop.output.contains("The last run died"), "\(stop)")
        // A run that begins afterwards is not meant.
        #expect(try place.tool("resume", "--source", "market", "--store", "store").status == 0)
        #expect(!(try place.tool("stop", "--store", "store").output.contains("died")))
    }

    @Test func aFailureIsNotRetried() throws {
        let place = try Workplace(store: false)
        let outcome = try place.tool("generate", "--source", "nowhere", "--store", "store", "--supervise")
        expectFailure(outcome, naming: "nowhere")
        #expect(!outcome.errors.contains("restarts"))
        let usage = try place.tool("generate", "--source", "market", "--store", "store", "--supervise", "--precision", "f8")
        #expect(usage.status == 2)
    }

    @Test func aDetachedRunIsWatchedAndStopped() throws {
        let place = try Workplace(store: false)
        let held = try #require(try place.optionFiles().dropFirst(5).first)
        let tool = try place.preloaded("HOLD_AT", held)
        let started = try tool("start", "--source", "market", "--store", "store", "--batch-size", "1", "--detach")
        #expect(started.status == 0, "\(started.errors)")
        #expect(started.output.contains("Started: process ") && started.output.contains("tapedeck stop --store file://"))
        try place.wait { try place.runStatus()?["rows"] as? Int ?? 0 > 0 }
        let second = try tool("generate", "--source", "market", "--store", "store")
        expectFailure(second, naming: "another writer")
        #expect(try place.tool("status", "--store", "store").output.contains("running for"))
        let late = try place.tool("stop", "--store", "store", "--timeout", "0")
        expectFailure(late, naming: "is still active after 0 s")
        let stop = try place.tool.start(["stop", "--store", "store"], messages: "stop")
        try place.wait { try place.text("stop").contains("Asked process") }
        try place.folder.write("", to: "release")
        stop.waitUntilExit()
        #expect(stop.terminationStatus == 0)
        #expect(try place.tool("status", "--store", "store").output.contains("stopped after"))
        let stopped = try place.tool("stop", "--store", "store")
        #expect(stopped.status == 0 && stopped.output.contains("No run is active"), "\(stopped.errors)")
        #expect(!FileManager.default.fileExists(atPath: place.path("store/financial-embeddings/control/stop.json")))
        let resumed = try place.tool("resume", "--source", "market", "--store", "store", "--batch-size", "1")
        #expect(resumed.status == 0, "\(resumed.errors)")
    }

    @Test func aDetachedRunThatCannotStartSaysWhy() throws {
        let place = try Workplace(store: false)
        expectFailure(
            try place.tool("generate", "--source", "nowhere", "--store", "store", "--detach"), naming: "the run ended at once", "nowhere")
    }

    @Test func nothingToStop() throws {
        let outcome = try Workplace().tool("stop", "--store", "store")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("No run is active"))
    }
}
