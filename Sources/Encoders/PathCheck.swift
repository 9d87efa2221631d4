public import Base
public import ModelFiles

/// Compares the vectors of this processor's code paths with those of the portable ones.
public struct PathCheck: Sendable {
    /// Precision of the check.
    public let precision: Precision
    /// Instruction set that computed the vectors, such as "avx2".
    public let instructionSet: InstructionSet
    /// Implementation of the matrix products, such as "own kernels".
    public let products: String
    /// Number of texts compared.
    public let texts: Int
    /// Number of texts whose two vectors are identical bit for bit.
    public let identical: Int
    /// Smallest cosine between a text's two vectors.
    public let worstCosine: Double

    /// Whether the vectors agree as the precision promises: exactly in 8 bits, up to rounding otherwise.
    public var agrees: Bool {
        switch precision {
        case .int8, .int8Smooth: identical == texts
        case .f32: worstCosine >= 0.99999
        case .bf16: worstCosine >= 0.999
        }
    }

    /// Descriptions like those of generation, with 1 to about 40 tokens.
    private static let sample = [
        "Apple (AAPL) call option, at the money, expiring in 30 to 60 days, high volume",
        "deep in the money put option with low open interest", "unusual options activity",
        "SPDR S&P 500 ETF (SPY), far out of the money put, expiring this week, implied volatility above 80%, volume far above open interest",
        "x", "the stock closed near its 52-week high on heavy volume after a gap up",
        "weekly call option with a tight spread, delta around 0.5, quoted on a quiet day of a calm market",
        "LEAPS call, in the money, no volume",
    ]

    /// Encodes a few texts with the current instruction set and with the portable code. The instruction set is global, so
    /// nothing else in this process may encode at the same time.
    /// - Throws: errors of opening the model and of encoding.
    public static func run(model: LocatedModel, precision: Precision, threads: Int) async throws -> PathCheck {
        func vectors() async throws -> [Float] {
            let encoder = try SentenceEncoder(model: model, precision: precision, pool: WorkerPool(threads: threads))
            return try await encoder.encode(sample, as: .document)
        }
        let found = try await vectors(), set = InstructionSet.current
        let operand = ActivationFormats(precision: precision, headSize: 64).product
        let products = set.hasOneDNNProducts(operand) ? "oneDNN" : "own kernels"
        InstructionSet.limit(to: InstructionSet(number: 0))
        defer { InstructionSet.limit(to: set) }
        let portable = try await vectors(), dimension = found.count / sample.count
        var identical = 0, worst = 1.0
        for text in 0..<sample.count {
            let a = found[text * dimension..<(text + 1) * dimension], b = portable[text * dimension..<(text + 1) * dimension]
            if a.elementsEqual(b, by: { $0.bitPattern == $1.bitPattern }) { identical += 1 }
            worst = min(worst, zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
        }
        return PathCheck(
            precision: precision, instructionSet: set, products: products, texts: sample.count, identical: identical, worstCosine: worst)
    }
}
