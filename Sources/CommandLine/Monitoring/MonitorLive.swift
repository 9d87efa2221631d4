import ArgumentParser
import Foundation
import Tapedeck
import Monitoring

extension Monitor {
    struct Live: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a dashboard of the newest run, or of all workers.",
            discussion: """
                Press q or Ctrl-C to close the dashboard; the run continues. If standard output is not a terminal, prints one line \
                per change until the run ends. Exit code 1: the run failed or died.

                Example:
                  tapedeck monitor live --store store
                """)

        @OptionGroup var store: StoreOption

        @Option(help: ArgumentHelp("Seconds between two reads of the store.", valueName: "seconds"))
        var interval = 2.0

        func validate() throws {
            guard (0.1...3600).contains(interval) else { throw ValidationError("--interval must be 0.1 to 3600 seconds, not \(interval).") }
        }

        func run() async throws {
            let log = EventLog(store: try store.location().open())
            if Terminal.outputIsTerminal { try await draw(log) } else { try await printLines(log) }
        }

        private func draw(_ log: EventLog) async throws {
            var log = log
            let screen = LiveScreen()
            defer { screen.leave() }
            var state: RunState?
            var work: WorkStatus?
            var problem: String?
            var nextLook = Date.distantPast
            repeat {
                if Date.now >= nextLook {
                    nextLook = Date.now + interval
                    (state, problem) = await look(&log, before: state)
                    work = (try? await WorkStatus.read(log.store)) ?? nil
                }
                screen.show(
                    work.map { Dashboard.lines($0, columns: screen.size.columns, rows: screen.size.rows) }
                        ?? lines(state, problem: problem, screen.size))
            } while !screen.isToLeave(within: 0.25)
        }

        /// A single failed read of the store must not end the dashboard.
        private func look(_ log: inout EventLog, before: RunState?) async -> (RunState?, String?) {
            do {
                return (try await log.newestRun(), nil)
            } catch {
                return (before, ErrorText.describe(error))
            }
        }

        private func lines(_ state: RunState?, problem: String?, _ size: (columns: Int, rows: Int)) -> [StyledLine] {
            var lines = [StyledLine("Waiting for a run on \(store.store ?? "the store"); q closes this")]
            if let state {
                let now = Date.now
                lines = Dashboard.lines(
                    state, life: state.life(now: now, processExists: state.identity.processExists), now: now, columns: size.columns,
                    rows: size.rows)
            }
            if let problem, !lines.isEmpty { lines[lines.count - 1] = StyledLine(String(problem.prefix(size.columns)), .alarm) }
            return lines
        }

        private func printLines(_ log: EventLog) async throws {
            var log = log
            var printed: (state: RunState, life: RunState.Life)?
            var text: String?
            while true {
                // Show workers until the plan is done, then the newest run, such as the compaction.
                if let work = try await WorkStatus.read(log.store), work.published < work.units {
                    if text != work.text {
                        print(Terminal.visible(work.text))
                        try Terminal.finishOutput()
                        text = work.text
                    }
                    try await Task.sleep(for: .seconds(interval))
                    continue
                }
                guard let state = try await log.newestRun() else {
                    throw CommandError("no run has been recorded in \(try store.location()); start one with `tapedeck generate`")
                }
                let now = Date.now
                let life = state.life(now: now, processExists: state.identity.processExists)
                if printed?.state != state || printed?.life != life {
                    print(Terminal.visible(ProgressLine.entry(state, life: life, now: now)))
                    try Terminal.finishOutput()
                    printed = (state, life)
                }
                guard life == .alive || life == .silent else {
                    if state.phase == .failed || life == .dead { throw ExitCode.failure }
                    return
                }
                try await Task.sleep(for: .seconds(interval))
            }
        }
    }
}
