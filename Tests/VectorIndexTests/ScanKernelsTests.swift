import Base
import CKernels
import Testing
import TestSupport
import VectorIndex

/// The instruction sets of this machine besides the portable one.
private let levels = Array(1..<InstructionSet.all.count)

/// Runs `body` with the kernels of one instruction set.
private func at<Value>(_ level: Int, _ body: () throws -> Value) rethrows -> Value {
    try InstructionSet.all[level].limitingThread(body)
}

private func numbers(_ count: Int, _ random: inout SplitMix) -> [Float] {
    (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
}

@Suite struct ScanKernelsTests {
    /// Sizes around every vector width.
    static let sizes = [1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 384]

    @Test(arguments: sizes)
    func dotProductsAgreeWithThePortableOnes(_ dimensions: Int) {
        var random = SplitMix(state: UInt64(dimensions))
        for (n, m) in [(1, 1), (1, 9), (2, 17), (4, 4), (5, 11), (9, 40), (1, 0)] {
            let queries = numbers(n * dimensions, &random)
            let rows = numbers(m * dimensions, &random)
            let halves = HalfFloats.halves(rows)
            let rounded = HalfFloats.floats(halves)
            // In double precision; the sums must agree within a few units in the last place of a sum of d terms.
            func exact(_ rows: [Float]) -> [Double] {
                (0..<n * m).map { at in
                    (0..<dimensions).reduce(0.0) {
                        $0 + Double(queries[at / m * dimensions + $1]) * Double(rows[at % m * dimensions + $1])
                    }
                }
            }
            let tolerance = 4e-7 * Double(dimensions)
            for level in [0] + levels {
                let floats = at(level) { ScanKernels.dotProducts(queries: queries, rows: rows, dimensions: dimensions) }
                #expect(zip(floats, exact(rows)).allSatisfy { abs(Double($0) - $1) <= tolerance }, "level \(level), \(n) x \(m)")
                let half = at(level) {
                    ScanKernels.dotProducts(queries: queries, halfRows: halves, dimensions: dimensions)
                }
                #expect(zip(half, exact(rounded)).allSatisfy { abs(Double($0) - $1) <= tolerance }, "level \(level), \(n) x \(m)")
            }
        }
    }

    @Test func aScoreDoesNotDependOnTheBatch() {
        var random = SplitMix(state: 3)
        let dimensions = 100
        let queries = numbers(13 * dimensions, &random)
        let rows = numbers(57 * dimensions, &random)
        for level in [0] + levels {
            at(level) {
                let all = ScanKernels.dotProducts(queries: queries, rows: rows, dimensions: dimensions)
                for (query, row) in [(0, 0), (3, 56), (7, 8), (12, 31)] {
                    let alone = ScanKernels.dotProducts(
                        queries: Array(queries[query * dimensions..<(query + 1) * dimensions]),
                        rows: Array(rows[row * dimensions..<(row + 1) * dimensions]), dimensions: dimensions)
                    #expect(alone == [all[query * 57 + row]], "level \(level)")
                }
            }
        }
    }

    @Test func gramMatrixIsSymmetric() {
        var random = SplitMix(state: 4)
        let rows = numbers(21 * 50, &random)
        let gram = ScanKernels.gram(rows, dimensions: 50)
        for i in 0..<21 {
            for j in 0..<21 { #expect(gram[i * 21 + j] == gram[j * 21 + i]) }
        }
    }

    @Test(arguments: sizes)
    func sumsOfCodesAreTheSameEverywhere(_ dimensions: Int) {
        var random = SplitMix(state: UInt64(dimensions))
        for n in [0, 1, 3, 4, 5, 70] {
            let weights = numbers(dimensions, &random)
            let codes = (0..<n * dimensions).map { _ in UInt8.random(in: 0...255, using: &random) }
            var prepared = [UInt8](repeating: 0, count: tk_scan_sq8_prepared_size(dimensions))
            let scale = tk_scan_sq8_prepare(weights, dimensions, &prepared)
            func sums(_ level: Int) -> [Int32] {
                at(level) {
                    var sums = [Int32](repeating: -1, count: n)
                    tk_scan_dot_sq8(prepared, codes, n, dimensions, &sums)
                    return sums
                }
            }
            let portable = sums(0)
            for level in levels { #expect(sums(level) == portable, "level \(level)") }
            for row in 0..<n {
                let exact = (0..<dimensions).reduce(0.0) { $0 + Double(weights[$1]) * Double(codes[row * dimensions + $1]) }
                // Half a unit of every weight, times the largest code.
                #expect(abs(Double(portable[row]) * Double(scale) - exact) <= 128 * Double(dimensions) * Double(scale) + 1e-4)
            }
        }
    }

    @Test func largestWeightsAndCodesDoNotOverflow() {
        for dimensions in [64, 384, 768, 4096] {
            for sign in [Float(1), -1] {
                let weights = [Float](repeating: sign * 3e30, count: dimensions)
                let codes = [UInt8](repeating: 255, count: dimensions)
                var prepared = [UInt8](repeating: 0, count: tk_scan_sq8_prepared_size(dimensions))
                let scale = tk_scan_sq8_prepare(weights, dimensions, &prepared)
                for level in [0] + levels {
                    at(level) {
                        var sum: Int32 = 0
                        tk_scan_dot_sq8(prepared, codes, 1, dimensions, &sum)
                        let ratio = Double(sum) * Double(scale) / (Double(sign) * 3e30 * 255 * Double(dimensions))
                        #expect(abs(ratio - 1) < 1e-4, "\(dimensions) dimensions, level \(level)")
                    }
                }
            }
        }
    }

    @Test func weightsOfZeroScoreZero() {
        var prepared = [UInt8](repeating: 1, count: tk_scan_sq8_prepared_size(70))
        #expect(tk_scan_sq8_prepare([Float](repeating: 0, count: 70), 70, &prepared) == 0)
        #expect(prepared.allSatisfy { $0 == 0 })
    }

    @Test func everyHalfIsConverted() {
        let halves = (0...UInt16.max).map { $0 }
        for level in [0] + levels {
            at(level) {
                let floats = HalfFloats.floats(halves)
                for (half, float) in zip(halves, floats) {
                    // IEEE 754: sign, five bits of exponent with bias 15, ten of mantissa.
                    let exponent = Int(half >> 10 & 31)
                    let mantissa = Float(half & 1023)
                    let sign: Float = half >> 15 == 1 ? -1 : 1
                    if exponent == 31 {
                        #expect(mantissa == 0 ? float == sign * .infinity : float.isNaN)
                    } else {
                        let size =
                            exponent == 0 ? mantissa * 0x1p-24 : (1 + mantissa / 1024) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
                        #expect(float == sign * size && float.sign == (sign < 0 ? .minus : .plus))
                    }
                }
                let back = HalfFloats.halves(floats)
                for (half, again) in zip(halves, back) {
                    let isNaN = half & 0x7C00 == 0x7C00 && half & 0x3FF != 0
                    #expect(again == (isNaN ? half | 0x200 : half))
                }
            }
        }
    }

    @Test func floatsAreRoundedToTheNearestHalf() {
        var random = SplitMix(state: 9)
        let values: [Float] =
            [
                65_504, 65_519.996, 65_520, 1e9, 0x1p-25, 0x1.000002p-25, 0x1p-26, 0x1.8p-24, 0x1.ffcp-15, 0x1.ffep-15, -0.0, 2049, 2051, .nan,
                -.infinity,
            ]
            + (0..<50_000).map { _ in Float(bitPattern: UInt32.random(in: 0x3200_0000...0x4800_0000, using: &random)) }
        for level in [0] + levels {
            let halves = at(level) { HalfFloats.halves(values) }
            // The reference: the nearer of the two neighbours, the even one in the middle.
            let all = HalfFloats.floats((0...0x7C00).map { UInt16($0) })
            for (value, half) in zip(values, halves) where value.magnitude < 65_504 {
                let below = all.partitioningIndex { $0 > value.magnitude } - 1
                let low = Double(value.magnitude) - Double(all[below])
                let high = Double(all[below + 1]) - Double(value.magnitude)
                let nearest = low < high || (low == high && below % 2 == 0) ? below : below + 1
                #expect(Int(half & 0x7FFF) == nearest, "\(value), level \(level)")
            }
            #expect(Array(halves[0..<4]) == [0x7BFF, 0x7BFF, 0x7C00, 0x7C00])
            #expect(halves[10] == 0x8000)
            #expect(halves[13] & 0x7C00 == 0x7C00 && halves[13] & 0x3FF != 0)
            #expect(halves[14] == 0xFC00)
        }
    }

    @Test func theBestAreTheFirstOfASortedList() {
        var random = SplitMix(state: 11)
        for round in 0..<200 {
            let count = Int.random(in: 0...500, using: &random)
            // Few different values, so that there are many ties.
            let scores = (0..<count).map { _ in
                round % 10 == 0 ? Float.nan : Float(Int.random(in: 0...(round % 3 == 0 ? 3 : 1000), using: &random))
            }
            let k = Int.random(in: 0...40, using: &random)
            let sorted = scores.enumerated().filter { !$0.element.isNaN }
                .sorted { $0.element != $1.element ? $0.element > $1.element : $0.offset < $1.offset }.prefix(k)
            for level in [0] + levels {
                let best = at(level) { ScanKernels.best(k, of: scores) }
                #expect(best.map(\.index) == sorted.map(\.offset), "level \(level)")
                #expect(best.map(\.score) == sorted.map(\.element), "level \(level)")
            }
        }
    }

    @Test(arguments: sizes)
    func weightedSumsAreSums(_ dimensions: Int) {
        var random = SplitMix(state: UInt64(dimensions))
        let rows = numbers(11 * dimensions, &random)
        let weights: [Float] = [0.5, -0.25, 2]
        let tuples = (0..<3 * 8).map { _ in UInt32.random(in: 0..<11, using: &random) }
        for level in [0] + levels {
            at(level) {
                let sums = ScanKernels.weightedSums(
                    of: rows, dimensions: dimensions, tuples: tuples, weights: weights, normalised: false)
                let unit = ScanKernels.weightedSums(
                    of: rows, dimensions: dimensions, tuples: tuples, weights: weights, normalised: true)
                let inverse = ScanKernels.inverseNorms(of: rows, dimensions: dimensions, tuples: tuples, weights: weights)
                for i in 0..<8 {
                    var square = 0.0
                    for j in 0..<dimensions {
                        let sum = (0..<3).reduce(0.0) {
                            $0 + Double(weights[$1]) * Double(rows[Int(tuples[3 * i + $1]) * dimensions + j])
                        }
                        square += sum * sum
                        #expect(abs(Double(sums[i * dimensions + j]) - sum) < 1e-5)
                    }
                    let norm = square.squareRoot()
                    #expect(abs(Double(inverse[i]) * norm - 1) < 1e-4)
                    for j in 0..<dimensions {
                        #expect(abs(Double(unit[i * dimensions + j]) - Double(sums[i * dimensions + j]) / norm) < 1e-4)
                    }
                }
            }
        }
    }

    @Test func aSumOfZeroStaysZero() {
        let sums = ScanKernels.weightedSums(
            of: [1, 2, 3], dimensions: 3, tuples: [0, 0], weights: [1, -1], normalised: true)
        #expect(sums == [0, 0, 0])
        #expect(ScanKernels.inverseNorms(of: [1, 2, 3], dimensions: 3, tuples: [0, 0], weights: [1, -1]) == [0])
    }
}

extension Array {
    /// The first index whose element satisfies a condition that all later ones satisfy too.
    fileprivate func partitioningIndex(where condition: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
