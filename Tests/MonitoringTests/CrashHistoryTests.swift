import Monitoring
import Testing

struct CrashHistoryTests {
    @Test func inputInHandTwiceIsPutAside() {
        var history = CrashHistory(limit: 5)
        #expect(history.crashed(inHand: ["a"]) == .restart)
        #expect(history.crashed(inHand: ["b"]) == .restart)
        #expect(history.crashed(inHand: ["a"]) == .exclude("a"))
        // It starts anew afterwards.
        #expect(history.crashed(inHand: ["b"]) == .restart)
    }

    @Test func oneWorkerIsolatesTheCrashingInput() {
        var history = CrashHistory(limit: 5)
        #expect(history.crashed(inHand: ["a", "b"]) == .restart)
        #expect(history.crashed(inHand: ["a", "b"]) == .restartAlone)
        #expect(history.crashed(inHand: ["b"]) == .exclude("b"))
    }

    @Test func crashesWithoutAnInputEndTheRun() {
        var history = CrashHistory(limit: 2)
        #expect(history.crashed(inHand: []) == .restart)
        #expect(history.delay == 1)
        #expect(history.crashed(inHand: []) == .restart)
        #expect(history.delay == 2)
        #expect(history.crashed(inHand: []) == .giveUp)
    }

    @Test func waitsAreBounded() {
        var history = CrashHistory(limit: 100)
        for _ in 0..<50 { _ = history.crashed(inHand: []) }
        #expect(history.delay == 60)
    }
}
