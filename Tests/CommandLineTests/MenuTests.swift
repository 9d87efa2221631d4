import Foundation
import Testing
import TestSupport

/// The menu, fed by a pipe.
struct MenuTests {
    private func menu(_ place: Workplace, _ lines: String) throws -> Tool.Outcome {
        try place.folder.write(lines, to: "lines")
        return try place.tool.shell("\"$TAPEDECK\" menu --store store --source market < lines")
    }

    @Test func everyEntryIsListedAndEndOfInputQuits() throws {
        let outcome = try menu(try Workplace(), "")
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        for entry in [
            "1  start", "2  resume", "3  live monitor", "4  report", "5  stop", "6  verify", "7  add a year", "8  rebuild an index",
            "9  ask a question", "0  quit",
        ] { #expect(outcome.output.contains(entry)) }
    }

    @Test func questionReportAndMonitor() throws {
        let outcome = try menu(try Workplace(), "9\n\ndeep in the money calls\n4\n\n\n3\n\n5\n\n6\n\n0\n9\n")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("$ tapedeck search --store store -- 'deep in the money calls'"))
        #expect(outcome.output.contains("# Tapedeck: file://") && outcome.output.contains("finished in"))
        #expect(outcome.output.contains("No run is active"))
        // The lines after the 0 are not read.
        #expect(outcome.output.components(separatedBy: "$ tapedeck search").count == 2)
    }

    @Test func wrongAnswersAreReportedAndAskedAgain() throws {
        let outcome = try menu(try Workplace(), "12\nx\n\n8\n\n\n\n9\n\n\n8\n\n1999\nnone\n0\n")
        #expect(outcome.status == 0)
        for message in ["'12' is not a number from 0", "'x' is not a number", "No year was named", "No question was named", "Error: "] {
            #expect(outcome.errors.contains(message), "\(outcome.errors)")
        }
    }

    @Test func yearsAreStartedInTheBackground() throws {
        let place = try Workplace(store: false)
        let outcome = try menu(place, "7\nstore\nmarket\nminilm\n2014\n1\n\n\n\n0\n")
        #expect(outcome.output.contains("--start-year 2014 --end-year 2014 --detach"), "\(outcome.errors)")
        try place.wait { try place.runStatus()?["is_at_work"] as? Bool == false }
    }
}
