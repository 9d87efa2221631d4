import Foundation
import Monitoring
import Testing

struct RunStateTests {
    @Test func eventsAddUp() throws {
        let state = try Sample.running()
        #expect(state.rows == 15_000_000)
        #expect(state.quarantined == 12)
        #expect(state.share == 0.75)
        #expect(state.years.map(\.share) == [1, 0.5])
        #expect(state.years.map(\.files) == [251, 250])
        #expect(state.models["minilm"]?.texts == 2310)
        #expect(state.rowsPerDescription == 100)
        #expect(state.inHand == ["options-complete/2014-06-09options.csv"])
        #expect(state.warnings.map(\.text) == ["2013-07-04: no file of a trading day"])
        #expect(state.peakMemory == 412_000_000)
    }

    @Test func filesOfEarlierRunsCountAsDoneAndNotAsSpeed() throws {
        var events: [RunEvent] = [.started(run: try Sample.run(years: [2013])), .yearStarted(year: 2013, files: 10, bytes: 1_000_000_000)]
        for index in 0..<5 { events.append(.fileSkipped(key: "\(index)", bytes: 100_000_000)) }
        let state = Sample.state(events)
        #expect(state.share == 0.5)
        #expect(state.bytesRead == 0)
        #expect(state.remaining == nil)
    }

    @Test func evenRateGivesANarrowEstimate() throws {
        var events: [RunEvent] = [.started(run: try Sample.run(years: [2013])), .yearStarted(year: 2013, files: 10, bytes: 1_000_000_000)]
        for index in 0..<20 { events.append(.fileDone(key: "\(index)", bytes: 10_000_000, rows: 1, quarantined: 0)) }
        // 800 MB are left at 10 MB in 10 s.
        let remaining = try #require(Sample.state(events, spacing: 10).remaining)
        #expect(remaining.contains(800))
        #expect(remaining.upperBound < 1000 && remaining.lowerBound > 640)
    }

    @Test func unevenRateGivesAWiderEstimateThanAnEvenOne() throws {
        func range(_ sizes: [Int]) throws -> Double {
            var events: [RunEvent] = [.started(run: try Sample.run(years: [2013])), .yearStarted(year: 2013, files: 10, bytes: 1_000_000_000)]
            for (index, size) in sizes.enumerated() { events.append(.fileDone(key: "\(index)", bytes: size, rows: 1, quarantined: 0)) }
            let remaining = try #require(Sample.state(events, spacing: 10).remaining)
            return remaining.upperBound / remaining.lowerBound
        }
        let even = try range([Int](repeating: 10_000_000, count: 20))
        let uneven = try range((0..<20).map { $0 % 2 == 0 ? 1_000_000 : 19_000_000 })
        #expect(uneven > even * 1.2)
    }

    @Test func signsOfLife() throws {
        var state = try Sample.running()
        let end = state.lastSign
        #expect(state.life(now: end + 5, processExists: nil) == .alive)
        #expect(state.life(now: end + 31, processExists: nil) == .silent)
        #expect(state.life(now: end + 5, processExists: false) == .dead)
        state.apply(EventRecord(time: end + 20, identity: Sample.identity, event: .alive))
        #expect(state.life(now: end + 31, processExists: nil) == .alive)
        #expect(state.lastWork == end)
        state.apply(EventRecord(time: end + 21, identity: Sample.identity, event: .ended(outcome: .failed, message: "no room")))
        #expect(state.life(now: end + 1000, processExists: false) == .ended)
        #expect(state.phase == .failed && state.message == "no room" && state.inHand.isEmpty)
    }

    @Test func stateIsBoundedHoweverLongTheRun() throws {
        var state = RunState(identity: Sample.identity, start: Sample.start)
        func apply(_ event: RunEvent, _ seconds: Int) {
            state.apply(EventRecord(time: Sample.start + Double(seconds), identity: Sample.identity, event: event))
        }
        apply(.started(run: try Sample.run()), 0)
        apply(.yearStarted(year: 2013, files: 100_000, bytes: 1 << 40), 0)
        for second in 1...100_000 {
            apply(.fileStarted(key: "\(second)"), second)
            apply(.fileRead(key: "\(second)"), second)
            apply(.fileDone(key: "\(second)", bytes: 1000, rows: 10, quarantined: 0), second)
            if second % 100 == 0 { apply(.warning(text: String(repeating: "x", count: 10_000)), second) }
        }
        #expect(try JSONLine.encode(state).count < 60_000)
        #expect(state.rows == 1_000_000 && state.warningCount == 1000)
        // The history spans the whole run.
        #expect(try #require(state.history.points.first).at < 10 && #require(state.history.points.last).at > 99_000)
    }
}
