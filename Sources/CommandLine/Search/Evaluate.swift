import Monitoring
import Tapedeck
import ArgumentParser
import Queries

struct Evaluate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measure precision at k on questions with checkable answers.",
        discussion: """
            Each line of the question file holds a question and the condition that correct rows satisfy, or the correct reading \
            (docs/evaluation.md). Asks the store every question and prints the precision of each and the mean. Where a reading is \
            given, also prints whether the store's reading is the same, or silently wrong.

            Example:
              tapedeck evaluate --generated 200 --seed 7 --store store
            """)

    @Option(help: ArgumentHelp("Question file, one JSON object per line.", valueName: "file"))
    var questions: String?

    @Option(help: ArgumentHelp("Generate N questions from the store instead of reading --questions.", valueName: "n"))
    var generated: Int?

    @Option(help: ArgumentHelp("Random seed for --generated and --rewrite; the same seed gives the same questions.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "Also ask a tenth of the questions rewritten: slips, clauses in another order, capitals, and the synonyms of this JSON file.",
            valueName: "file"))
    var rewrite: String?

    @Flag(help: "Print the questions instead of asking them.")
    var list = false

    @Option(name: .customShort("k"), help: "Number of results to check per question.")
    var k = 10

    @Option(help: ArgumentHelp("Models to search with, by key. Default: all models of the store.", valueName: "a,b"))
    var models: String?

    @Flag(help: "Plain vector search: ignore constraints in the questions.")
    var semantic = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var store: StoreOption

    func validate() throws {
        guard (questions == nil) != (generated == nil) else {
            throw ValidationError("Give either --questions or --generated.")
        }
        guard generated ?? 1 > 0 else { throw ValidationError("--generated must be at least 1, not \(generated ?? 0).") }
        guard k > 0 else { throw ValidationError("-k must be at least 1, not \(k).") }
    }

    func run() async throws {
        let wanted = ListText.items(models ?? Settings.current.text(.models))
        let engine = try await Store.open(at: try store.location(), models: wanted).engine(wanted)
        let asked =
            if let questions {
                try withRewritten(PrecisionReport.questions(path: questions))
            } else {
                try await engine.exampleQuestions(count: generated ?? 1, seed: seed, k: k)
            }
        if list {
            for question in asked { print(try question.json()) }
            return
        }
        let report = try await PrecisionReport.measure(
            asked, k: k, semantic: semantic, models: wanted, engine: engine)
        if json {
            try Terminal.printJSON(report)
            return
        }
        var table = TextTable(
            [("id", .left), ("precision", .right), ("question", .left), ("wrong", .left), ("not understood", .left)],
            expendable: ["not understood"])
        for line in report.questions {
            table.add([
                line.id, share(line.precision, 2), line.text,
                (line.isSilent == true ? "silent: " : "") + (line.faults ?? []).joined(separator: "; "),
                line.notUnderstood.joined(separator: ", "),
            ])
        }
        table.print()
        if report.all.exact != nil {
            print("")
            var kinds = TextTable([("kind", .left), ("questions", .right), ("exact", .right), ("silent", .right), ("precision", .right)])
            for kind in report.kinds + [report.all] {
                kinds.add([kind.kind, "\(kind.questions)", share(kind.exact, 3), "\(kind.silent)", share(kind.precision, 3)])
            }
            kinds.print()
        }
        print(
            "\nprecision at \(k) over \(report.questions.count) questions, "
                + "\(semantic ? "without" : "with") constraints: \(Numbers.fixed(report.precision, 3))")
    }

    private func withRewritten(_ questions: [QuestionExample]) throws -> [QuestionExample] {
        guard let rewrite else { return questions }
        var rewriter = try QuestionRewriter(file: rewrite, seed: seed)
        return questions + rewriter.rewritten(questions)
    }

    private func share(_ value: Double?, _ digits: Int) -> String { value.map { Numbers.fixed($0, digits) } ?? "" }
}
