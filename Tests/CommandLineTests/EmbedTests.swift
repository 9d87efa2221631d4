import Foundation
import Testing
import TestSupport

/// `tapedeck embed`: lines in, vectors out, in three formats.
struct EmbedTests {
    /// Lines of words of letters, of very different lengths, some of them empty.
    private static func lines(_ count: Int, seed: UInt64 = 3) -> [String] {
        var random = SplitMix(state: seed)
        return (0..<count).map { _ in
            (0..<Int.random(in: 0...20, using: &random)).map { _ in
                String((0..<Int.random(in: 1...6, using: &random)).map { _ in "abcdefghijklmnop".randomElement(using: &random) ?? "a" })
            }.joined(separator: " ")
        }
    }

    private func workplace(_ lines: [String]) throws -> Workplace {
        let place = try Workplace(store: false)
        try place.folder.write(lines.map { $0 + "\n" }.joined(), to: "texts")
        return place
    }

    private func bytes(_ place: Workplace, _ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: place.path(name)))
    }

    /// Runs `embed` to `out.npy` and returns the file.
    private func embed(_ place: Workplace, _ options: String) throws -> Data {
        let outcome = try place.tool.shell("\"$TAPEDECK\" embed --texts texts --out out.npy \(options)")
        try #require(outcome.status == 0, "\(outcome.errors)")
        return try bytes(place, "out.npy")
    }

    private func floats(_ data: Data) -> [Float] {
        let bytes = Array(data)
        return stride(from: 0, to: bytes.count, by: 4).map { start in
            Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * $1) })
        }
    }

    @Test(arguments: ["int8", "bf16", "f32"])
    func givesTheSameBytesWhateverTheBatchAndTheThreads(_ precision: String) throws {
        let place = try workplace(Self.lines(300))
        let reference = try embed(place, "--precision \(precision)")
        for options in ["--batch 1 --threads 1", "--batch 7 --threads 3", "--batch 300 --threads 2", "--batch 65536 --threads 5"] {
            #expect(try embed(place, "--precision \(precision) \(options)") == reference, "\(options)")
        }
    }

    @Test func writesArraysThatNumPyReads() throws {
        let place = try workplace(Self.lines(10))
        let data = try embed(place, "")
        #expect(data.prefix(10) == Data([0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0]))
        let header = String(decoding: data[10..<128], as: UTF8.self)
        #expect(header.hasPrefix("{'descr': '<f4', 'fortran_order': False, 'shape': (10, 32), } "))
        #expect(header.hasSuffix(" \n"))
        let values = floats(data.dropFirst(128))
        #expect(values.count == 320)
        for row in 0..<10 {
            let norm = values[row * 32..<row * 32 + 32].reduce(0) { $0 + $1 * $1 }
            #expect(abs(norm - 1) < 1e-4)
        }
        #expect(!FileManager.default.fileExists(atPath: place.path("out.npy.tapedeck-partial")))
    }

    @Test func writesTheSameNumbersInEveryForm() throws {
        let lines = Self.lines(20) + ["quotes \" and \\ and \u{1} and 😀"]
        let place = try workplace(lines)
        let expected = floats(try embed(place, "").dropFirst(128))

        let tensors = try place.tool.shell("\"$TAPEDECK\" embed --texts texts --out out.safetensors")
        #expect(tensors.output == "out.safetensors: 21 x 32, safetensors\n")
        let data = try bytes(place, "out.safetensors")
        let length = data.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        #expect(length % 8 == 0)
        let header = try #require(JSONSerialization.jsonObject(with: data[8..<8 + length]) as? [String: Any])
        let tensor = try #require(header["embeddings"] as? [String: Any])
        #expect(tensor["dtype"] as? String == "F32")
        #expect(tensor["shape"] as? [Int] == [21, 32])
        #expect(tensor["data_offsets"] as? [Int] == [0, 21 * 32 * 4])
        #expect(header["__metadata__"] as? [String: String] == ["model": "minilm", "precision": "int8", "role": "document"])
        #expect(floats(data.dropFirst(8 + length)) == expected)

        for command in ["embed --texts texts", "embed < texts", "embed --format json --out out.json < texts && cat out.json"] {
            let outcome = try place.tool.shell("\"$TAPEDECK\" \(command)")
            var values: [Float] = []
            for (line, text) in zip(outcome.output.split(separator: "\n").filter { $0.hasPrefix("{") }, lines) {
                let object = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
                #expect(object.text == text)
                values += object.vector
            }
            #expect(values == expected, "\(command)")
        }
    }

    private struct Line: Decodable {
        var text: String
        var vector: [Float]
    }

    /// The prefixes of a model of the catalogue, which models of other names do not have.
    @Test func writesThePrefixOfTheRole() throws {
        let place = try workplace(["abc"])
        try TinyModel.write(to: place.path("models/e5-base"))
        let query = try embed(place, "--model e5-base --role query")
        let document = try embed(place, "--model e5-base")
        #expect(query != document)
        try place.folder.write("query: abc\npassage: abc\n", to: "texts")
        #expect(try embed(place, "--model ./models/minilm").dropFirst(128) == query.dropFirst(128) + document.dropFirst(128))
    }

    @Test func everyLineIsAText() throws {
        let place = try workplace([])
        for (text, count) in [("", 0), ("\n", 1), ("a", 1), ("a\n", 1), ("a\n\nb", 3), ("a\r\nb\r\n", 2), ("\n\n\n", 3)] {
            try place.folder.write(text, to: "texts")
            #expect(try embed(place, "").count == 128 + count * 32 * 4, "\(text.debugDescription)")
        }
        try place.folder.write("ab\ncd\n", to: "texts")
        let plain = try embed(place, "")
        try place.folder.write("ab\r\ncd", to: "texts")
        #expect(try embed(place, "") == plain)
        // Bytes that are not text, and lines across the blocks in which the file is read.
        try Data([0x61, 0xFF, 0xC3, 0x0A, 0x62]).write(to: URL(fileURLWithPath: place.path("texts")))
        #expect(try embed(place, "").count == 128 + 2 * 32 * 4)
        try place.folder.write(String(repeating: String(repeating: "ab ", count: 60_000) + "\n", count: 5), to: "texts")
        let long = floats(try embed(place, "").dropFirst(128))
        #expect(long.count == 5 * 32)
        #expect((1..<5).allSatisfy { long[$0 * 32..<$0 * 32 + 32].elementsEqual(long[0..<32]) })
    }

    @Test(arguments: ["--format npy", "--format safetensors", "--batch 0", "--batch 65537", "--threads 0", "--role answer", "--format csv"])
    func wrongUsage(_ options: String) throws {
        expectFailure(try Workplace(store: false).tool.shell("\"$TAPEDECK\" embed \(options)"), status: 2)
    }

    /// As PowerShell's `>` writes them: each character would be two, and each line end a line.
    @Test(arguments: [String.Encoding.utf16LittleEndian, .utf16BigEndian], [true, false])
    func linesInUTF16AreRefused(_ encoding: String.Encoding, hasMark: Bool) throws {
        let place = try workplace([])
        let text = try #require(((hasMark ? "\u{FEFF}" : "") + "ab\r\ncd\r\n").data(using: encoding))
        try text.write(to: URL(fileURLWithPath: place.path("texts")))
        let outcome = try place.tool.shell("\"$TAPEDECK\" embed --texts texts --out out.npy")
        expectFailure(outcome, naming: "texts", hasMark ? "UTF-16 text; convert it to UTF-8" : "line 1: it holds NUL bytes")
        #expect(!FileManager.default.fileExists(atPath: place.path("out.npy")))
    }

    @Test func namesTheProblem() throws {
        let place = try workplace(["abc"])
        expectFailure(try place.tool("embed", "--texts", "none"), naming: "none", "No such file")
        expectFailure(try place.tool("embed", "--model", "nonesuch", "--texts", "texts"), naming: "nonesuch", "minilm")
        expectFailure(try place.tool("embed", "--texts", "models"), naming: "models", "Is a directory")
        expectFailure(try place.tool("embed", "--texts", "texts", "--out", "models"), naming: "models", "not an ordinary file")
        expectFailure(try place.tool("embed", "--texts", "texts", "--out", "none/out.npy"), naming: "none/out.npy", "no such file or folder")
        expectFailure(try place.tool.shell("\"$TAPEDECK\" embed --texts texts > /dev/full"), naming: "standard output", "the disk is full")
        try place.folder.write("abc\n" + String(repeating: "a", count: 3 << 20), to: "texts")
        try place.folder.write("what was there", to: "out.npy")
        expectFailure(try place.tool("embed", "--texts", "texts", "--out", "out.npy"), naming: "texts, line 2", "longer than")
        #expect(try bytes(place, "out.npy") == Data("what was there".utf8))
        #expect(!FileManager.default.fileExists(atPath: place.path("out.npy.tapedeck-partial")))
    }

    @Test func aClosedPipeIsNotAnError() throws {
        let place = try workplace(Self.lines(3000))
        let outcome = try place.tool.shell("\"$TAPEDECK\" embed --batch 10 < texts | head -c 1 > /dev/null; exit ${PIPESTATUS[0]}")
        #expect(outcome.status == 0)
        #expect(outcome.errors.isEmpty)
    }
}
