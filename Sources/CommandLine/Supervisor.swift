import Archive
import Dispatch
import Foundation
import Generation
import Monitoring
import ObjectStore
import Synchronization

/// Runs `generate` in a process of its own, starts it again when it crashes, and puts an input that it crashes on aside.
struct Supervisor {
    /// The command line of the run.
    let arguments: [String]
    let source: StoreLocation
    let store: StoreLocation
    /// Crashes in a row after which the run is given up.
    let limit: Int
    /// The file of the run's events, when it is to be kept.
    let events: String?

    /// The process at work, and the signal that the run was asked to leave with.
    private struct Worker {
        var process: ChildProcess?
        var signal: Int32?
    }

    /// - Returns: the exit code of the run.
    /// - Throws: `CommandError` when it is given up.
    func run() async throws -> Int32 {
        let worker = Mutex(Worker())
        let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInteractive))
            source.setEventHandler {
                let number = number == SIGHUP ? SIGTERM : number
                worker.withLock { worker in
                    worker.signal = number
                    worker.process?.send(number)
                }
            }
            source.activate()
            return source
        }
        defer { for source in sources { source.cancel() } }
        let file = try events ?? StateFolder.newFile("events")
        defer { if events == nil { unlink(file) } }
        // One that is there already was meant for an earlier run.
        _ = try? await isToldToStop()
        var history = CrashHistory(limit: limit)
        var isAlone = false
        while true {
            let command = arguments + (events == nil ? ["--events", file] : []) + (isAlone ? ["--max-workers", "1"] : [])
            let process = try worker.withLock { worker in
                let process = try ChildProcess(command, group: .own)
                worker.process = process
                return process
            }
            let end = await process.wait()
            worker.withLock { $0.process = nil }
            if case .exit(let code) = end, [0, 1, 2, 130, 143].contains(code) { return code }
            if let signal = worker.withLock({ $0.signal }) { return 128 + signal }
            // What the run showed of its progress.
            Terminal.showProgress("")
            let cause =
                switch end {
                case .exit(let code): "the process ended with exit code \(code)"
                case .signal(let number): "the process was ended by signal \(number) (\(String(cString: strsignal(number))))"
                }
            let lines = try? Data(contentsOf: URL(fileURLWithPath: file))
            let inHand = lines.flatMap { EventLog.fold([UInt8]($0)) }?.inHand ?? []
            let delay: Double
            switch history.crashed(inHand: inHand) {
            case .quarantine(let key):
                try await quarantine(key, cause: cause)
                (isAlone, delay) = (false, 0)
                Terminal.complain("\(cause), again with \(key) in hand: it is left out from here on (\(store))")
            case .giveUp:
                throw CommandError(
                    "\(cause): \(history.crashes) crashes in a row, more than --max-restarts allows; the store is intact, and `tapedeck resume` goes on from the last checkpoint"
                )
            case .restart: (isAlone, delay) = (false, history.delay)
            case .restartAlone: (isAlone, delay) = (true, history.delay)
            }
            if delay > 0 {
                let files = inHand.isEmpty ? "no input in hand" : "\(inHand.joined(separator: ", ")) in hand"
                Terminal.complain("\(cause), with \(files); it is started again in \(Numbers.duration(delay))\(isAlone ? ", with one worker" : "")")
            }
            let next = ContinuousClock.now + .seconds(delay)
            repeat {
                if delay > 0 { try await Task.sleep(for: min(.seconds(1), next - .now)) }
                if let signal = worker.withLock({ $0.signal }) { return 128 + signal }
                // Where the store cannot be asked just now, the run will find out.
                guard (try? await isToldToStop()) == true else { continue }
                Terminal.complain("`tapedeck stop` was asked for: the run is not started again")
                return 128 + SIGTERM
            } while ContinuousClock.now < next
        }
    }

    private func isToldToStop() async throws -> Bool {
        let store = try store.open()
        guard try await store.contains(ArchiveLayout.stopRequest) else { return false }
        try await store.delete(ArchiveLayout.stopRequest)
        return true
    }

    private func quarantine(_ key: String, cause: String) async throws {
        // The listing does not open it.
        guard let object = try await source.open().list(prefix: key).first(where: { $0.key == key }) else { return }
        try await QuarantinedInputs.add(
            QuarantinedInputs.Input(key: key, etag: object.etag, cause: cause), to: try store.open())
    }
}
