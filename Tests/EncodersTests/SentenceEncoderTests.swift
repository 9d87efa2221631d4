import Encoders
import Foundation
import ModelFiles
import Testing

@Suite("Sentence encoders")
struct SentenceEncoderTests {
    private static let texts = ["Apple call option deep in the money", "put option, high implied volatility", "stock falling"]

    /// The catalogue's models with tiny weights, against the same weights opened as a folder, which has no prefixes.
    @Test(
        "write each model's own prefix before questions and before documents",
        arguments: [
            ("minilm", TinyModel.mean, "", ""),
            ("bge-base", .cls, "Represent this sentence for searching relevant passages: ", ""),
            ("e5-base", .mean, "query: ", "passage: "),
            ("nomic", .nomic, "search_query: ", "search_document: "),
        ])
    func prefixes(key: String, tiny: TinyModel, query: String, document: String) async throws {
        let place = try ModelPlace()
        try place.add(key, tiny)
        let plainName = place.path + "/" + key
        let known = try #require(try SentenceEncoder.open(models: [key], precision: .f32, threads: 2, locator: place.locator)[key])
        let plain = try #require(
            try SentenceEncoder.open(models: [plainName], precision: .f32, threads: 2, locator: place.locator)[plainName])
        for (role, prefix) in [(SentenceEncoder.Role.query, query), (.document, document)] {
            let expected = try await plain.encode(Self.texts.map { prefix + $0 }, as: role)
            #expect(try await known.encode(Self.texts, as: role) == expected)
            let without = try await plain.encode(Self.texts, as: role)
            #expect((expected == without) == prefix.isEmpty, "the prefix makes a difference")
        }
        let fingerprint = try known.fingerprint()
        #expect(fingerprint.queryPrefix == query && fingerprint.documentPrefix == document)
    }

    private static func sample() -> [String] {
        // Every sentence of three words, evenly thinned.
        let words = ModelPlace.words
        return (0..<60).map {
            "\(words[$0 * 7 % words.count]) \(words[$0 * 11 % words.count]) \(words[($0 * 13 + 5) % words.count]) \(words[$0 % words.count])"
        }
    }

    @Test("calibrated precision is the first that passes, with its figures", arguments: [TinyModel.mean, .nomic])
    func calibration(tiny: TinyModel) async throws {
        let place = try ModelPlace()
        try place.add("minilm", tiny)
        let sample = Self.sample()
        let model = try place.locator.model("minilm")
        let (encoder, calibration) = try await SentenceEncoder.calibrated(model: model, sample: sample, pool: WorkerPool(threads: 2))
        #expect(calibration.texts == sample.count)
        #expect(encoder.encoder.precision.rawValue == calibration.precision)
        #expect(calibration.trials.first?.precision == "int8")
        #expect(calibration.trials.dropLast().allSatisfy { !$0.passes })
        if calibration.precision == "f32" {
            #expect(calibration.trials.map(\.precision) == ["int8", "int8-smooth", "bf16"] && calibration.trials.last?.passes == false)
        } else {
            #expect(calibration.trials.last?.precision == calibration.precision && calibration.trials.last?.passes == true)
        }
        for trial in calibration.trials {
            #expect(trial.worstCosine <= trial.meanCosine && trial.meanCosine <= 1.000001 && trial.worstCosine > 0.9)
            #expect((0...1).contains(trial.topTenOverlap))
        }
        let again = try await SentenceEncoder.calibrated(model: model, sample: sample, pool: WorkerPool(threads: 1))
        #expect(again.calibration == calibration, "the same on any number of threads")
    }

    /// As some trained models have them: a column of large values that hardly any weight reads takes most of the 256 steps that a row's numbers
    /// have in int8.
    @Test("a column of outliers fails int8 and passes int8-smooth, which the fingerprint names", arguments: [TinyModel.mean, .nomic])
    func outliers(tiny: TinyModel) async throws {
        let place = try ModelPlace(), size: Float = 30, column = 5, width = 64
        func isOne(_ name: String, _ endings: [String]) -> Bool { endings.contains { name.hasSuffix($0) } }
        try place.add("minilm", tiny) { name, numbers in
            // The last norm's outliers would be the vectors' own.
            if isOne(name, ["LayerNorm.bias", "norm1.bias", "norm2.bias", "emb_ln.bias"]),
                !isOne(name, ["layer.1.output.LayerNorm.bias", "layers.1.norm2.bias"])
            {
                numbers[column] = size
            }
            if isOne(name, ["query.weight", "key.weight", "value.weight", "intermediate.dense.weight", "Wqkv.weight", "fc11.weight", "fc12.weight"]) {
                for index in stride(from: column, to: numbers.count, by: width) { numbers[index] /= size }
            }
        }
        let model = try place.locator.model("minilm")
        let (encoder, calibration) = try await SentenceEncoder.calibrated(
            model: model, sample: Self.sample(), pool: WorkerPool(threads: 2))
        #expect(calibration.trials.map(\.passes) == [false, true], "\(calibration)")
        #expect(calibration.precision == "int8-smooth" && encoder.encoder.precision == .int8Smooth)
        #expect(try encoder.fingerprint().precision == "int8-smooth")
    }

    @Test("a precision passes only with all three figures")
    func bars() {
        func passes(_ mean: Double, _ worst: Double, _ overlap: Double) -> Bool {
            PrecisionCalibration.Trial(precision: "int8", meanCosine: mean, worstCosine: worst, topTenOverlap: overlap).passes
        }
        #expect(passes(0.99, 0.97, 0.9))
        #expect(!passes(0.9899, 0.98, 1) && !passes(0.999, 0.9699, 1) && !passes(0.999, 0.99, 0.89) && !passes(.nan, .nan, 1))
    }

    @Test("devices: the CPU, or an error that says why")
    func devices() throws {
        for environment in [[:], ["CUDA_VISIBLE_DEVICES": ""], ["CUDA_VISIBLE_DEVICES": "0"]] {
            #expect(try Device.auto.resolved(environment: environment) == .cpu)
            #expect(try Device.cpu.resolved(environment: environment) == .cpu)
        }
        for (environment, word) in [([:], "no CUDA backend"), (["CUDA_VISIBLE_DEVICES": ""], "CUDA_VISIBLE_DEVICES")] {
            let error = #expect(throws: EncoderError.self) { try Device.cuda.resolved(environment: environment) }
            #expect(error?.description.contains(word) == true)
        }
    }
}
