import CKernels
import Foundation
import Testing
import TestSupport

/// Compares the row kernels with plain arithmetic in double precision, for every instruction set of this processor.
@Suite("Kernels agree with plain arithmetic")
struct KernelTests {
    @Test("best instruction set")
    func best() { Self.checkAll() }

    // A cap holds for a whole process, so each lower set is checked in one of its own.

    @Test("AVX-512 F, BW, DQ, VL")
    func avx512() async {
        await #expect(processExitsWith: .success) {
            tk_instruction_set_cap(Int32(TK_AVX512.rawValue))
            Self.checkAll()
        }
    }

    @Test("AVX2")
    func avx2() async {
        await #expect(processExitsWith: .success) {
            tk_instruction_set_cap(Int32(TK_AVX2.rawValue))
            Self.checkAll()
        }
    }

    @Test("portable")
    func portable() async {
        await #expect(processExitsWith: .success) {
            tk_instruction_set_cap(Int32(TK_PORTABLE.rawValue))
            Self.checkAll()
        }
    }

    static func checkAll() {
        gelu()
        swiglu()
        rotary()
        layerNorm()
        quantise()
        int8Products()
        weights()
        conversions()
        attention()
        pooling()
        stockRows()
    }

    private static func values(_ count: Int, _ range: ClosedRange<Float>, seed: UInt64 = 1) -> [Float] {
        var generator = SplitMix(state: seed)
        return (0..<count).map { _ in Float.random(in: range, using: &generator) }
    }

    private static var nothing: tk_rows_out {
        tk_rows_out(element: Int32(TK_F32.rawValue), values: nil, scale: nil, zero_point: nil)
    }

    private static func exactGelu(_ x: Float) -> Double { Double(x) * 0.5 * (1 + erf(Double(x) / 2.0.squareRoot())) }

    /// Rows quantised by `body`, as numbers again.
    private static func requantised(_ rows: Int, _ columns: Int, _ body: (tk_rows_out) -> Void) -> (values: [Float], step: [Float]) {
        var bytes = [UInt8](repeating: 0, count: rows * columns), scale = [Float](repeating: 0, count: rows)
        var zero = [Int32](repeating: 0, count: rows)
        bytes.withUnsafeMutableBytes { bytes in
            scale.withUnsafeMutableBufferPointer { scale in
                zero.withUnsafeMutableBufferPointer { zero in
                    body(
                        tk_rows_out(
                            element: Int32(TK_U8.rawValue), values: bytes.baseAddress, scale: scale.baseAddress,
                            zero_point: zero.baseAddress))
                }
            }
        }
        return ((0..<rows * columns).map { Float(Int32(bytes[$0]) - zero[$0 / columns]) * scale[$0 / columns] }, scale)
    }

    private static func gelu() {
        let x = stride(from: Float(-12), to: 12, by: 1 / 128).map { $0 }  // 3072 values
        var y = x
        tk_gelu(&y, 2, x.count / 2, nothing)
        for (x, y) in zip(x, y) { #expect(abs(Double(y) - exactGelu(x)) <= 3e-7 * max(1, Double(abs(x)))) }
        var source = x, short = [UInt16](repeating: 0, count: x.count)
        short.withUnsafeMutableBytes {
            tk_gelu(
                &source, 2, x.count / 2,
                tk_rows_out(element: Int32(TK_BF16.rawValue), values: $0.baseAddress, scale: nil, zero_point: nil))
        }
        for (x, bits) in zip(x, short) {
            let y = Double(Float(bitPattern: UInt32(bits) << 16)), exact = exactGelu(x)
            #expect(abs(y - exact) <= 1.5e-3 + abs(exact) / 200)
        }
    }

    private static func exactSwiglu(_ value: Float, _ gate: Float) -> Double { Double(value) * Double(gate) / (1 + exp(-Double(gate))) }

    private static func swiglu() {
        let rows = 3, columns = 48
        var x = values(rows * 2 * columns, -9...9)
        for (column, gate) in [(0, Float(-300)), (1, 300), (2, 0), (3, -87.5)] { x[columns + column] = gate }
        let exact = (0..<rows * columns).map { index in
            let value = index / columns * 2 * columns + index % columns
            return exactSwiglu(x[value], x[value + columns])
        }
        var plain = [Float](repeating: 0, count: rows * columns), copy = x
        plain.withUnsafeMutableBytes {
            tk_swiglu(
                &copy, rows, columns,
                tk_rows_out(element: Int32(TK_F32.rawValue), values: $0.baseAddress, scale: nil, zero_point: nil))
        }
        copy = x
        let (quantised, step) = requantised(rows, columns) { tk_swiglu(&copy, rows, columns, $0) }
        for (index, exact) in exact.enumerated() {
            #expect(abs(Double(plain[index]) - exact) <= 5e-7 * max(1, abs(exact)))
            #expect(abs(Double(quantised[index]) - exact) <= 0.51 * Double(step[index / columns]))
        }
    }

    private static func rotary() {
        let heads = 2, size = 64, hidden = heads * size, positions: [Int32] = [0, 3, 1, 3], rows = positions.count
        let x = values(rows * 3 * hidden, -2...2)
        // Cosines and sines of angles position * (pair + 1) / 10.
        let table = (0..<4).flatMap { position in
            (0..<size).map { column in
                let angle = Double(position * (column % (size / 2) + 1)) / 10
                return Float(column < size / 2 ? cos(angle) : sin(angle))
            }
        }
        func exact(_ row: Int, _ column: Int) -> Double {
            let value = Double(x[row * 3 * hidden + column])
            guard column < 2 * hidden else { return value }
            let d = column % size, isFirst = d < size / 2
            let partner = Double(x[row * 3 * hidden + column + (isFirst ? size / 2 : -size / 2)])
            let angle = Double(Int(positions[row]) * (d % (size / 2) + 1)) / 10
            return value * cos(angle) + (isFirst ? -partner : partner) * sin(angle)
        }
        var inPlace = x, short = [UInt16](repeating: 0, count: x.count)
        inPlace.withUnsafeMutableBufferPointer {
            guard let base = $0.baseAddress else { return }
            tk_rotary(base, rows, heads, size, table, positions, Int32(TK_F32.rawValue), base)
        }
        tk_rotary(x, rows, heads, size, table, positions, Int32(TK_BF16.rawValue), &short)
        // The same numbers as sums of 8-bit products with a scale of 1/1024.
        let sums = x.map { Int32(($0 * 1024).rounded()) }, zero = [Int32](repeating: 0, count: rows)
        let ones = [Float](repeating: 1, count: rows + 3 * hidden), none = [Float](repeating: 0, count: 6 * hidden)
        let scale = ones.prefix(rows).map { $0 / 1024 } + ones.suffix(3 * hidden)
        var quantised = [Float](repeating: 0, count: x.count)
        (sums + zero).withUnsafeBufferPointer { integers in
            (scale + none).withUnsafeBufferPointer { numbers in
                guard let integers = integers.baseAddress, let numbers = numbers.baseAddress else { return }
                tk_dequantise_rotary(
                    tk_int8_product(
                        sums: integers, row_scale: numbers, row_zero: integers + sums.count, column_scale: numbers + rows,
                        column_offset: numbers + rows + 3 * hidden, bias: numbers + rows + 6 * hidden),
                    rows, heads, size, table, positions, Int32(TK_F32.rawValue), &quantised)
            }
        }
        for index in 0..<x.count {
            let number = exact(index / (3 * hidden), index % (3 * hidden))
            #expect(abs(Double(inPlace[index]) - number) < 1e-6)
            #expect(abs(Double(quantised[index]) - number) < 2e-3)
            #expect(abs(Double(Float(bitPattern: UInt32(short[index]) << 16)) - number) < 0.005 * max(1, abs(number)))
        }
    }

    private static func layerNorm() {
        for columns in [16, 48, 96, 384] {
            let rows = 5, x = values(rows * columns, -3...7), gamma = values(columns, 0.5...2), beta = values(columns, -1...1)
            var y = x
            tk_layernorm(&y, rows, columns, gamma, beta, 1e-6, nothing)
            for row in 0..<rows {
                let values = x[row * columns..<(row + 1) * columns].map(Double.init), mean = values.reduce(0, +) / Double(columns)
                let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
                for column in 0..<columns {
                    let exact = (values[column] - mean) / (variance + 1e-6).squareRoot() * Double(gamma[column]) + Double(beta[column])
                    #expect(abs(Double(y[row * columns + column]) - exact) < 1e-5)
                }
            }
            var copy = x
            let (quantised, step) = requantised(rows, columns) { tk_layernorm(&copy, rows, columns, gamma, beta, 1e-6, $0) }
            #expect(copy == y)
            for index in 0..<y.count { #expect(abs(quantised[index] - y[index]) <= 0.51 * step[index / columns]) }
        }
    }

    private static func quantise() {
        let columns = 64
        for range: ClosedRange<Float> in [-1...1, 0...1000, -5 ... -4, 3...3, 0...0, -1e-20...1e-20, -1e20...1e20, -0.17...90] {
            let x = values(3 * columns, range)
            let (found, step) = requantised(3, columns) { tk_convert_rows(x, 3, columns, $0) }
            for index in 0..<x.count {
                #expect(abs(found[index] - x[index]) <= 0.51 * step[index / columns] || abs(x[index]) < 1e-19, "\(range)")
            }
            let factor = values(columns, 0.01...2, seed: 2)
            let (scaled, scaledStep) = requantised(3, columns) { tk_quantise_scaled(x, factor, 3, columns, $0) }
            for index in 0..<x.count {
                let exact = x[index] * factor[index % columns]
                #expect(abs(scaled[index] - exact) <= 0.51 * scaledStep[index / columns] || abs(exact) < 1e-19, "\(range)")
            }
        }
    }

    private static func int8Products() {
        let rows = 3, columns = 48
        var generator = SplitMix(state: 5)
        let sums = (0..<rows * columns).map { _ in Int32.random(in: -200_000...200_000, using: &generator) }
        let zero = [Int32](arrayLiteral: 0, 127, 254), scale = values(rows, 0.001...0.02), columnScale = values(columns, 1e-4...1e-3)
        let offset = values(columns, -0.5...0.5), bias = values(columns, -1...1)
        func exact(_ row: Int, _ column: Int) -> Double {
            let term = Double(columnScale[column]) * Double(sums[row * columns + column]) - Double(zero[row]) * Double(offset[column])
            return Double(scale[row]) * term + Double(bias[column])
        }
        // The kernels keep no pointer, so the pointers need to live only for the closure.
        let numbers = scale + columnScale + offset + bias, integers = sums + zero
        numbers.withUnsafeBufferPointer { numbers in
            integers.withUnsafeBufferPointer { integers in
                guard let numbers = numbers.baseAddress, let integers = integers.baseAddress else { return }
                let product = tk_int8_product(
                    sums: integers, row_scale: numbers, row_zero: integers + rows * columns, column_scale: numbers + rows,
                    column_offset: numbers + rows + columns, bias: numbers + rows + 2 * columns)
                var plain = [Float](repeating: 0, count: rows * columns), row = [Float](repeating: 0, count: columns)
                tk_dequantise(product, rows, columns, Int32(TK_F32.rawValue), &plain)
                let (activated, step) = requantised(rows, columns) { tk_dequantise_gelu(product, rows, columns, &row, $0) }
                let ones = [Float](repeating: 1, count: columns), zeros = [Float](repeating: 0, count: columns)
                var residual = values(rows * columns, -1...1), expected = residual
                for index in 0..<plain.count { expected[index] += plain[index] }
                tk_layernorm(&expected, rows, columns, ones, zeros, 1e-6, nothing)
                tk_dequantise_add_layernorm(product, &residual, rows, columns, ones, zeros, 1e-6, nothing)
                for index in 0..<plain.count {
                    let number = exact(index / columns, index % columns)
                    #expect(abs(Double(plain[index]) - number) < 1e-5 * max(1, abs(number)))
                    let gelu = exactGelu(plain[index])
                    #expect(abs(Double(activated[index]) - gelu) < 0.51 * Double(step[index / columns]) + 3e-3)
                    #expect(abs(residual[index] - expected[index]) < 1e-5)
                }
                var added = [Float](repeating: 1, count: plain.count)
                tk_dequantise_add(product, &added, rows, columns)
                for index in 0..<plain.count { #expect(abs(added[index] - (1 + plain[index])) < 1e-5 * max(1, abs(plain[index]))) }
            }
        }
    }

    private static func weights() {
        let rows = 4, columns = 80
        var x = values(rows * columns, -0.3...0.2)
        for column in 0..<columns { x[2 * columns + column] = 0 }
        var bytes = [Int8](repeating: 0, count: x.count), scale = [Float](repeating: 0, count: rows), offset = scale
        tk_quantise_weights(x, Int32(TK_F32.rawValue), rows, columns, &bytes, &scale, &offset)
        for row in 0..<rows {
            let part = bytes[row * columns..<(row + 1) * columns]
            #expect(offset[row] == scale[row] * Float(part.reduce(0) { $0 + Int32($1) }))
            let pairs = stride(from: part.startIndex, to: part.endIndex, by: 2).map { abs(Int32(part[$0])) + abs(Int32(part[$0 + 1])) }
            #expect(row == 2 || (126...128).contains(pairs.max() ?? 0))
            for column in 0..<columns {
                #expect(abs(Float(bytes[row * columns + column]) * scale[row] - x[row * columns + column]) <= 0.501 * scale[row])
            }
        }
    }

    private static func conversions() {
        let patterns = (0...UInt16.max).map { $0 }
        var wide = [Float](repeating: 0, count: patterns.count)
        tk_to_float(patterns, Int32(TK_BF16.rawValue), patterns.count, &wide)
        #expect(zip(patterns, wide).allSatisfy { $1.bitPattern == UInt32($0) << 16 })
        tk_to_float(patterns, Int32(TK_F16.rawValue), patterns.count, &wide)
        for (bits, value) in zip(patterns, wide) {
            let sign: Float = bits & 0x8000 == 0 ? 1 : -1, exponent = Int(bits >> 10) & 31, fraction = Float(bits & 1023)
            switch exponent {
            case 31: #expect(fraction == 0 ? value == sign * .infinity : value.isNaN)
            case 0: #expect(value == sign * fraction * 0x1p-24)
            default: #expect(value == sign * (1 + fraction / 1024) * Float(sign: .plus, exponent: exponent - 15, significand: 1))
            }
        }
        // Neither aligned nor a multiple of sixteen.
        let some = values(37, -9...9)
        var copy = [Float](repeating: 0, count: 36)
        some.withUnsafeBytes { tk_to_float($0.baseAddress! + 4, Int32(TK_F32.rawValue), 36, &copy) }
        #expect(copy == Array(some[1...]))
    }

    private static func attention() {
        for (heads, size) in [(3, 16), (2, 32), (1, 48), (2, 64)] {
            let lengths = [1, 2, 15, 16, 17, 31, 33, 48, 50, 64, 65, 100, 7], hidden = heads * size
            let offsets = lengths.reduce(into: [Int32(20)]) { $0.append($0[$0.count - 1] + Int32($1)) }
            let tokens = lengths.reduce(0, +)
            let short = values(tokens * 3 * hidden, -2...2).map { UInt16($0.bitPattern >> 16) }
            var qkv = [Float](repeating: 0, count: short.count)
            tk_to_float(short, Int32(TK_BF16.rawValue), short.count, &qkv)
            let scratch = UnsafeMutableRawPointer.allocate(byteCount: tk_attention_scratch_bytes(100, size), alignment: 64)
            defer { scratch.deallocate() }
            var out = [Float](repeating: 0, count: tokens * hidden), outShort = out
            let scale = 1 / Float(size).squareRoot()
            tk_attention(
                qkv, Int32(TK_F32.rawValue), offsets, lengths.count, heads, size, scale, Int32(TK_F32.rawValue), &out, scratch)
            let takesShort = tk_attention_takes_bf16(size) != 0
            if takesShort {
                tk_attention(
                    short, Int32(TK_BF16.rawValue), offsets, lengths.count, heads, size, scale, Int32(TK_F32.rawValue), &outShort,
                    scratch)
            }
            var worst = 0.0, worstShort = 0.0
            for (sequence, length) in lengths.enumerated() {
                let first = Int(offsets[sequence] - offsets[0])
                for head in 0..<heads {
                    for i in first..<first + length {
                        func element(_ token: Int, _ part: Int, _ d: Int) -> Double {
                            Double(qkv[token * 3 * hidden + part * hidden + head * size + d])
                        }
                        let scores = (first..<first + length).map { j in
                            (0..<size).reduce(0.0) { $0 + element(i, 0, $1) * element(j, 1, $1) } * Double(scale)
                        }
                        let high = scores.max() ?? 0, weights = scores.map { exp($0 - high) }, sum = weights.reduce(0, +)
                        for d in 0..<size {
                            let exact = (0..<length).reduce(0.0) { $0 + weights[$1] * element(first + $1, 2, d) } / sum
                            worst = max(worst, abs(Double(out[i * hidden + head * size + d]) - exact))
                            worstShort = max(worstShort, abs(Double(outShort[i * hidden + head * size + d]) - exact))
                        }
                    }
                }
            }
            #expect(worst < 3e-6, "\(heads) heads of \(size)")
            #expect(!takesShort || worstShort < 0.01, "\(heads) heads of \(size), bfloat16")
        }
    }

    private static func pooling() {
        let offsets: [Int32] = [4, 5, 9], columns = 32, x = values(5 * columns, -1...1)
        var mean = [Float](repeating: 0, count: 2 * columns), first = mean
        tk_pool_mean(x, offsets, 2, columns, &mean)
        tk_pool_first(x, offsets, 2, columns, &first)
        func unit(_ v: [Double]) -> [Double] {
            let norm = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return v.map { $0 / norm }
        }
        let sums = (0..<columns).map { c in (1..<5).reduce(0.0) { $0 + Double(x[$1 * columns + c]) } }
        let expected = unit(x[0..<columns].map(Double.init)) + unit(sums)
        #expect(zip(mean, expected).allSatisfy { abs(Double($0) - $1) < 1e-6 })
        let firsts = unit(x[0..<columns].map(Double.init)) + unit(x[columns..<2 * columns].map(Double.init))
        #expect(zip(first, firsts).allSatisfy { abs(Double($0) - $1) < 1e-6 })
    }

    /// Further kernels of stock models: the norm that keeps its input, sums without a norm, cleaned features, means.
    private static func stockRows() {
        let rows = 3, columns = 48, x = values(rows * columns, -3...7), gamma = values(columns, 0.5...2), beta = values(columns, -1...1)
        var normed = x, row = [Float](repeating: 0, count: columns)
        tk_layernorm(&normed, rows, columns, gamma, beta, 1e-6, nothing)
        let (quantised, step) = requantised(rows, columns) { tk_prenorm(x, rows, columns, gamma, beta, 1e-6, &row, $0) }
        var floats = [Float](repeating: 0, count: rows * columns)
        floats.withUnsafeMutableBytes {
            let out = tk_rows_out(
                element: Int32(TK_F32.rawValue), values: $0.baseAddress, scale: nil, zero_point: nil)
            tk_prenorm(x, rows, columns, gamma, beta, 1e-6, &row, out)
        }
        #expect(floats == normed)
        for index in 0..<x.count { #expect(abs(quantised[index] - normed[index]) <= 0.51 * step[index / columns]) }

        var sum = x
        tk_add_rows(&sum, normed, sum.count)
        #expect(zip(sum, zip(x, normed)).allSatisfy { $0 == $1.0 + $1.1 })
        var mean = [Float](repeating: 0, count: 2 * columns)
        tk_mean_rows(x, [7, 8, 10], 2, columns, &mean)
        for column in 0..<columns {
            #expect(mean[column] == x[column])
            #expect(abs(mean[columns + column] - (x[columns + column] + x[2 * columns + column]) / 2) < 1e-6)
        }

        let odd: [Float] = [1, -2.5, .nan, -.nan, .infinity, -.infinity, 0, 3e38, Float(bitPattern: 71_362), .signalingNaN, 7]
        var cleaned = [Float](repeating: 9, count: 32)
        tk_clean_rows(odd + odd.reversed(), 2, 11, 16, &cleaned)
        let expected: [Float] = [1, -2.5, 0, 0, 1, -1, 0, 3e38, Float(bitPattern: 71_362), 0, 7], padding = [Float](repeating: 0, count: 5)
        #expect(cleaned == expected + padding + expected.reversed() + padding)
    }
}
