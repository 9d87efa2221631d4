import Foundation
import ObjectStore
import Testing
import TestSupport

@Suite struct StoreLockTests {
    let folder: TemporaryFolder
    let store: LocalStore

    init() throws {
        folder = try TemporaryFolder()
        store = try LocalStore(root: folder.path)
    }

    @Test func theSecondWriterLearnsWhoHoldsTheLock() async throws {
        let first = try await StoreLock.acquire(in: store, purpose: "generate")
        let found = await error { _ = try await StoreLock.acquire(in: store, purpose: "resume") }
        #expect(found?.code == .locked)
        #expect(found?.message.contains("generate (process \(getpid()) on ") == true)
        #expect(try await store.list().isEmpty)
        first.release()
        let second = try await StoreLock.acquire(in: store, purpose: "resume")
        #expect(second.owner.purpose == "resume")
        // Releasing again must not take the lock from its new owner.
        first.release()
        #expect(await error { _ = try await StoreLock.acquire(in: store, purpose: "x") }?.code == .locked)
    }

    @Test func aLockThatIsLetGoIsReleased() async throws {
        _ = try await StoreLock.acquire(in: store, purpose: "one")
        _ = try await StoreLock.acquire(in: store, purpose: "two")
    }

    @Test(.enabled(if: Machine.hasPython(with: "fcntl"), "\(Machine.pythonIsMissing)"))
    func theLockOfAKilledOwnerIsFree() async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Python.path)
        // Runs no program of its own under the lock, so that killing it kills the holder.
        process.arguments = [
            "-c",
            """
            import fcntl, sys, time
            f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); time.sleep(100)
            """, folder.file(".tapedeck-lock"),
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        try #require(try output.fileHandleForReading.read(upToCount: 5) == Data("held\n".utf8))
        let found = await error { _ = try await StoreLock.acquire(in: store, purpose: "x") }
        #expect(found?.code == .locked)
        #expect(found?.message.contains("has not identified itself") == true)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        _ = try await StoreLock.acquire(in: store, purpose: "x")
    }

    @Test func leftoversOfDeadWritersAreRemoved() async throws {
        // A process that has ended, for a number that is not in use.
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["true"]
        try process.run()
        process.waitUntilExit()
        let own = try await store.temporaryPath(for: "d/x")
        let dead = own.replacingOccurrences(of: "-\(getpid())-", with: "-\(process.processIdentifier)-")
        let foreign = folder.file(".tapedeck-tmp-ffffffff-1-abc")
        let old = folder.file("d/.tapedeck-tmp-ffffffff-2-abc")
        for path in [own, dead, foreign, old] { try Data([1]).write(to: URL(fileURLWithPath: path)) }
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -90_000)], ofItemAtPath: old)
        #expect(try await store.list().isEmpty)
        let lock = try await StoreLock.acquire(in: store, purpose: "generate")
        let left = [own, dead, foreign, old].map { FileManager.default.fileExists(atPath: $0) }
        #expect(left == [true, false, true, false])
        lock.release()
    }
}
