import ArgumentParser
import MarketData
import Tapedeck

struct AlertsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts", abstract: "Save questions and ask them of each new day.",
        discussion: """
            Example:
              tapedeck alerts add unusual AAPL puts with unusual activity --store store
              tapedeck alerts run
            """, subcommands: [AlertsAdd.self, AlertsList.self, AlertsRun.self])
}

/// The file of saved questions.
struct AlertOptions: ParsableArguments {
    @Option(help: ArgumentHelp("File of saved questions. Default: tapedeck/alerts.json in XDG_STATE_HOME.", valueName: "file"))
    var state: String?

    var book: AlertBook { AlertBook(path: state ?? AlertBook.standardPath(environment: Settings.current.environment)) }
}

struct AlertsAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Save a question.",
        discussion: """
            `alerts run` asks the question of each day added from now on, or from --from on. It must set a condition.

            Example:
              tapedeck alerts add unusual AAPL puts with unusual activity --store store
            """)

    @Argument(help: "A name for the alert: letters, digits, '-', '_' and '.'.")
    var name: String

    @Argument(help: "The question. Quotes are needed only around characters that the shell interprets.")
    var question: [String]

    @Option(name: .customShort("k"), help: "Maximum number of matches listed per day.")
    var k = 20

    @Option(help: ArgumentHelp("First day to ask about. Default: the first day after the store's last.", valueName: "YYYY-MM-DD"))
    var from: String?

    @Option(help: ArgumentHelp("Models by key. Default: all models of the store.", valueName: "a,b"))
    var models: String?

    @OptionGroup var alerts: AlertOptions

    @OptionGroup var storeOption: StoreOption

    func validate() throws {
        guard k > 0 else { throw ValidationError("-k must be at least 1, not \(k).") }
        _ = try DateText.day(from, "--from")
        guard question.joined().contains(where: { !$0.isWhitespace }) else { throw ValidationError("The question is empty.") }
    }

    func run() async throws {
        let models = ListText.items(models ?? Settings.current.text(.models))
        let store = try await Store.open(at: try storeOption.location(), models: models)
        let alert = try await alerts.book.add(
            name, question.joined(separator: " "), store: store, models: models, k: k, from: try DateText.day(from, "--from"))
        print("saved \(alert.name); `tapedeck alerts run` asks it of the days after \(alert.seenThrough)")
    }
}

struct AlertsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List saved questions and the last day that each was asked of.",
        discussion: """
            Example:
              tapedeck alerts list
            """)

    @Flag(help: "Print one JSON array.")
    var json = false

    @OptionGroup var alerts: AlertOptions

    func run() async throws {
        let found = try alerts.book.alerts()
        if json { return try Terminal.printJSON(found) }
        guard !found.isEmpty else { return print("No alert is saved in \(alerts.book.path).") }
        var table = TextTable([("name", .left), ("seen through", .left), ("delivered", .left), ("question", .left), ("store", .left)])
        for alert in found {
            table.add([alert.name, alert.seenThrough.description, alert.deliveredThrough.description, alert.question, alert.store])
        }
        table.print()
    }
}

struct AlertsRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Ask saved questions of the days that are new since the last run.",
        discussion: """
            Prints a JSON object per alert and day with matches, adds it to --out, and sends it to the webhook that \
            TAPEDECK_WEBHOOK_URL names, signed with TAPEDECK_WEBHOOK_SECRET (docs/analyses.md). Delivers each event once, however \
            often you run it. Exits with code 1 if an alert fails; the next run continues there.

            Example:
              tapedeck alerts run --out alerts.jsonl
            """)

    @Argument(help: "Names of alerts. Default: all.")
    var names: [String] = []

    @Option(help: ArgumentHelp("Add events to a file, one JSON object per line.", valueName: "file"))
    var out: String?

    @OptionGroup var alerts: AlertOptions

    func run() async throws {
        let environment = Settings.current.environment
        let webhook = try Webhook(environment: environment)
        let file = try out.map(AlertFile.init(path:))
        let summary = try await alerts.book.run(
            names, webhook: webhook,
            open: { alert in try await Store.open(alert.store, StoreOptions(models: alert.models, environment: environment)) },
            hand: { event, line in
                print(String(decoding: line, as: UTF8.self))
                try Terminal.finishOutput()
                try file?.append(event, line)
            })
        let sent = webhook == nil ? "" : ", \(summary.delivered) sent"
        Terminal.complain("\(summary.days) days asked about, \(summary.events) with matches\(sent)")
        guard summary.failures.isEmpty else {
            throw CommandError(summary.failures.sorted { $0.key < $1.key }.map { "alert \($0.key): \($0.value)" }.joined(separator: "\n"))
        }
    }
}
