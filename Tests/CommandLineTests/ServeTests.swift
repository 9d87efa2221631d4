import Foundation
import Testing

/// The command around the server; ServerTests test the server itself.
struct ServeTests {
    @Test func theFirstLineIsTheAddress() throws {
        let place = try Workplace()
        let outcome = try place.tool.shell(
            """
            "$TAPEDECK" serve --store store --port 0 > address 2> log &
            for i in $(seq 600); do [ -s address ] && break; sleep 0.1; done
            kill -TERM $!
            wait $!
            echo "status $?"
            """)
        #expect(outcome.output == "status 0\n")
        #expect(try place.text("address").wholeMatch(of: #/http://127\.0\.0\.1:\d+\n/#) != nil)
    }

    @Test(arguments: [
        ("--host 0.0.0.0", "TAPEDECK_TOKEN"), ("--port 99999", "--port"), ("--log-level loud", "--log-level"), ("--store ''", "store"),
    ])
    func wrongUsage(_ flags: String, _ word: String) throws {
        let place = try Workplace()
        expectFailure(try place.tool.shell("\"$TAPEDECK\" serve --store store \(flags)"), status: 2, naming: word)
    }

    @Test func unservableRequests() throws {
        let place = try Workplace(store: false)
        expectFailure(try place.tool("serve", "--store", "none", "--port", "0"), naming: "none")
    }
}
