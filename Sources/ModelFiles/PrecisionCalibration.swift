/// How the precision of a model was chosen: what its vectors of a sample of texts had in common with those of f32, for each precision that was
/// tried. Stored beside the fingerprint, which holds the choice.
public struct PrecisionCalibration: Codable, Hashable, Sendable {
    /// One precision against f32.
    public struct Trial: Codable, Hashable, Sendable {
        public var precision: String
        /// Cosine of each text's two vectors, over all texts.
        public var meanCosine: Double
        public var worstCosine: Double
        /// The share of each text's ten nearest others in f32 that are also its ten nearest in this precision, over all texts.
        public var topTenOverlap: Double

        public init(precision: String, meanCosine: Double, worstCosine: Double, topTenOverlap: Double) {
            self.precision = precision
            self.meanCosine = meanCosine
            self.worstCosine = worstCosine
            self.topTenOverlap = topTenOverlap
        }

        /// The least a precision must reach to be used in place of f32: 0.99 mean and 0.97 worst cosine, an overlap of 0.9.
        public var passes: Bool { meanCosine >= 0.99 && worstCosine >= 0.97 && topTenOverlap >= 0.9 }
    }

    /// The precision that was chosen.
    public var precision: String
    /// Number of texts of the sample.
    public var texts: Int
    /// The precisions tried, fastest first; the last passed, or f32 is the choice.
    public var trials: [Trial]

    public init(precision: String, texts: Int, trials: [Trial]) {
        self.precision = precision
        self.texts = texts
        self.trials = trials
    }
}

extension PrecisionCalibration: CustomStringConvertible {
    /// "int8 (on 240 texts against f32: int8 cosine 0.9990 mean, 0.9975 worst, top-10 overlap 0.961)".
    public var description: String {
        func fixed(_ value: Double, _ digits: Int) -> String {
            var unit = 1
            for _ in 0..<digits { unit *= 10 }
            // Rounded down, so that what failed never reads as if it had passed.
            let scaled = value.isFinite ? Int((max(-1, min(value, 1)) * Double(unit)).rounded(.down)) : 0
            let digitsText = String(abs(scaled) % unit)
            return (scaled < 0 ? "-" : "") + "\(abs(scaled) / unit)." + String(repeating: "0", count: digits - digitsText.count)
                + digitsText
        }
        let tried = trials.map {
            "\($0.precision) cosine \(fixed($0.meanCosine, 4)) mean, \(fixed($0.worstCosine, 4)) worst, "
                + "top-10 overlap \(fixed($0.topTenOverlap, 3))\($0.passes ? "" : ": not enough")"
        }
        return "\(precision) (on \(texts) texts against f32: \(tried.joined(separator: "; ")))"
    }
}
