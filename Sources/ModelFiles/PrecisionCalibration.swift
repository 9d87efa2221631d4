/// How the precision of a model was chosen: for each precision tried, how its vectors of a sample of texts compared with
/// those of f32. Stored beside the fingerprint, which holds the chosen precision.
public struct PrecisionCalibration: Codable, Hashable, Sendable {
    /// Comparison of one precision with f32.
    public struct Trial: Codable, Hashable, Sendable {
        /// The precision compared.
        public var precision: String
        /// Mean over all texts of the cosine between the text's two vectors.
        public var meanCosine: Double
        /// Smallest cosine between a text's two vectors.
        public var worstCosine: Double
        /// Mean share of each text's ten nearest neighbours in f32 that are also among its ten nearest in this precision.
        public var topTenOverlap: Double

        /// Creates a trial.
        public init(precision: String, meanCosine: Double, worstCosine: Double, topTenOverlap: Double) {
            self.precision = precision
            self.meanCosine = meanCosine
            self.worstCosine = worstCosine
            self.topTenOverlap = topTenOverlap
        }

        /// Whether the precision may replace f32: at least 0.99 mean cosine, 0.97 worst cosine and 0.9 overlap.
        public var passes: Bool { meanCosine >= 0.99 && worstCosine >= 0.97 && topTenOverlap >= 0.9 }
    }

    /// The chosen precision.
    public var precision: String
    /// Number of texts in the sample.
    public var texts: Int
    /// The precisions tried, fastest first. Either the last one passed, or f32 was chosen.
    public var trials: [Trial]

    /// Creates a record of a calibration.
    public init(precision: String, texts: Int, trials: [Trial]) {
        self.precision = precision
        self.texts = texts
        self.trials = trials
    }
}

extension PrecisionCalibration: CustomStringConvertible {
    /// Summary, as in "int8 (on 240 texts against f32: int8 cosine 0.9990 mean, 0.9975 worst, top-10 overlap 0.961)".
    public var description: String {
        func fixed(_ value: Double, _ digits: Int) -> String {
            var unit = 1
            for _ in 0..<digits { unit *= 10 }
            // Rounded down, so that a failed value never reads like a passing one.
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
