import Foundation
import Testing
import TestSupport

/// A folder with a model (`models/minilm`), a small simulated market (`market`) and, on request, a store made of it (`store`);
/// all paths are relative to it.
struct Workplace {
    let folder: TemporaryFolder
    let tool: Tool

    /// Made once, copied for every test.
    private static let original: Result<TemporaryFolder, any Error> = Result { () throws -> TemporaryFolder in
        let folder = try TemporaryFolder()
        try TinyModel.write(to: folder.path + "/models/minilm")
        let tool = Self.tool(in: folder)
        let made = try tool("simulate", "--out", "market", "--underlyings", "2", "--rows-per-day", "20", "--seed", "7")
        try #require(made.status == 0, "\(made.errors)")
        let run = try tool("generate", "--source", "market", "--store", "store")
        try #require(run.status == 0, "\(run.errors)")
        atexit { if case .success(let folder) = Workplace.original { folder.remove() } }
        return folder
    }

    private static func tool(in folder: TemporaryFolder) -> Tool {
        Tool(folder: folder, environment: ["TAPEDECK_MODELS": folder.path + "/models", "XDG_STATE_HOME": folder.path + "/state"])
    }

    init(store: Bool = true) throws {
        folder = try TemporaryFolder()
        tool = Self.tool(in: folder)
        let original = try Self.original.get().path
        for name in ["models", "market"] + (store ? ["store"] : []) {
            try FileManager.default.copyItem(atPath: original + "/" + name, toPath: folder.path + "/" + name)
        }
    }

    func path(_ name: String) -> String { folder.path + "/" + name }

    func text(_ name: String) throws -> String { String(decoding: try Data(contentsOf: URL(fileURLWithPath: path(name))), as: UTF8.self) }

    /// Replaces a file's bytes.
    func edit(_ name: String, _ change: (inout Data) -> Void) throws {
        let url = URL(fileURLWithPath: path(name))
        var bytes = try Data(contentsOf: url)
        change(&bytes)
        try bytes.write(to: url)
    }

    /// The files of one day of options, in order.
    func optionFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path("market/options-complete")).sorted().map {
            "market/options-complete/" + $0
        }
    }
}

/// Checks that a run failed with a message of one or a few lines that names all of `words`, printed nothing else, and
/// showed no Swift value.
func expectFailure(
    _ outcome: Tool.Outcome, status: Int32 = 1, naming words: String..., sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: sourceLocation)
    #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
    #expect(outcome.errors.contains("Error: "), sourceLocation: sourceLocation)
    for word in words {
        #expect(outcome.errors.contains(word), "\(word) in: \(outcome.errors)", sourceLocation: sourceLocation)
    }
    for dump in ["Error Domain", "NSCocoa", "Swift.", "Optional(", "Context(", "CommandError", "Fatal error"] {
        #expect(!outcome.errors.contains(dump), "\(outcome.errors)", sourceLocation: sourceLocation)
    }
}
