public import Base
import ModelFiles

/// Whether the loops that this processor runs give the vectors that the portable ones give.
public struct PathCheck: Sendable {
    public let precision: Precision
    /// What computed the vectors, as in "avx2" and "own kernels".
    public let instructionSet: InstructionSet
    public let products: String
    public let texts: Int
    /// Texts whose two vectors have the same bits.
    public let identical: Int
    /// The smallest cosine of two vectors of one text.
    public let worstCosine: Double

    /// Whether the two agree as this precision promises: in 8 bits to the last bit, in the others but for rounding.
    public var agrees: Bool {
        switch precision {
        case .int8, .int8Smooth: identical == texts
        case .f32: worstCosine >= 0.99999
        case .bf16: worstCosine >= 0.999
        }
    }

    /// Descriptions such as generation writes, of 1 to some 40 tokens.
    private static let sample = [
        "Apple (AAPL) call option, at the money, expiring in 30 to 60 days, high volume",
        "deep in the money put option with low open interest", "unusual options activity",
        "SPDR S&P 500 ETF (SPY), far out of the money put, expiring this week, implied volatility above 80%, volume far above open interest",
        "x", "the stock closed near its 52-week high on heavy volume after a gap up",
        "weekly call option with a tight spread, delta around 0.5, quoted on a quiet day of a calm market",
        "LEAPS call, in the money, no volume",
    ]

    /// Encodes a few texts on the instruction set in use and on the portable one. Nothing else may encode in this process meanwhile: the instruction set
    /// is the whole process's.
    /// - Throws: as opening and encoding do.
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
