import Base
import CKernels
import Encoders
import Testing
import TestSupport

/// Compares the product kernels with plain loops, for every instruction set of this processor.
@Suite("Products of rows with packed weights")
struct ProductTests {
    private static let sizes: [(rows: Int, inputs: Int, outputs: Int)] = [
        (1, 16, 16), (2, 16, 1), (3, 48, 40), (4, 208, 33), (5, 192, 16), (6, 400, 96), (7, 528, 17), (13, 1040, 50), (64, 384, 48),
    ]

    @Test("agree with plain loops on every instruction set, and integers with each other to the last bit")
    func all() async {
        await #expect(processExitsWith: .success) {
            for set in (0...tk_instruction_set_best()).reversed() {
                tk_instruction_set_cap(set)
                #expect(tk_instruction_set_in_use() == set)
                for size in Self.sizes {
                    Self.checkInt8(size.rows, size.inputs, size.outputs)
                    Self.checkFloat(size.rows, size.inputs, size.outputs)
                    if InstructionSet.current.description == "amx" { Self.checkBFloat16(size.rows, size.inputs, size.outputs) }
                }
            }
        }
    }

    /// Memory on a cache line boundary, which packed weights need.
    private static func aligned<T>(_ count: Int, _ body: (UnsafeMutablePointer<T>) -> Void) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<T>.stride, alignment: 64)
        defer { memory.deallocate() }
        body(memory.bindMemory(to: T.self, capacity: count))
    }

    private static func checkInt8(_ rows: Int, _ inputs: Int, _ outputs: Int) {
        var generator = SplitMix(state: UInt64(rows * inputs + outputs))
        // The largest possible numbers, then arbitrary ones.
        let x = (0..<rows * inputs).map { $0 % 3 == 0 ? UInt8(255) : UInt8.random(in: 0...255, using: &generator) }
        var w = [Int8](repeating: 0, count: outputs * inputs)
        for pair in 0..<w.count / 2 {
            let first = Int8.random(in: -127...127, using: &generator), rest = 128 - abs(Int(first))
            w[2 * pair] = pair % 2 == 0 ? 64 : first
            w[2 * pair + 1] = pair % 2 == 0 ? 64 : Int8(Int.random(in: -rest...min(rest, 127), using: &generator))
        }
        aligned(tk_packed_count(inputs, outputs)) { (packed: UnsafeMutablePointer<Int8>) in
            tk_pack_int8(w, inputs, outputs, packed)
            var found = [Int32](repeating: 7, count: rows * outputs)
            // In two shares of columns, like a group of workers.
            let middle = outputs / 2 / 16 * 16
            tk_product_int8(x, rows, packed, inputs, outputs, 0, middle, &found)
            tk_product_int8(x, rows, packed, inputs, outputs, middle, outputs, &found)
            for row in 0..<rows {
                for column in 0..<outputs {
                    let sum = (0..<inputs).reduce(Int32(0)) { $0 + Int32(x[row * inputs + $1]) * Int32(w[column * inputs + $1]) }
                    #expect(found[row * outputs + column] == sum, "\(rows) x \(inputs) x \(outputs)")
                }
            }
        }
    }

    private static func checkFloat(_ rows: Int, _ inputs: Int, _ outputs: Int) {
        var generator = SplitMix(state: UInt64(rows * inputs + outputs))
        func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float.random(in: -1...1, using: &generator) } }
        let x = numbers(rows * inputs), w = numbers(outputs * inputs), before = numbers(rows * outputs)
        let bias = numbers((outputs + 15) / 16 * 16)
        aligned(tk_packed_count(inputs, outputs)) { (packed: UnsafeMutablePointer<Float>) in
            tk_pack_f32(w, inputs, outputs, packed)
            for (hasBias, accumulates) in [(false, false), (true, false), (true, true)] {
                var found = before
                tk_product_f32(x, rows, packed, inputs, outputs, 0, outputs, hasBias ? bias : nil, accumulates ? 1 : 0, &found)
                for row in 0..<rows {
                    // A row alone has the same bits.
                    var alone = Array(before[row * outputs..<(row + 1) * outputs])
                    tk_product_f32(
                        Array(x[row * inputs..<(row + 1) * inputs]), 1, packed, inputs, outputs, 0, outputs, hasBias ? bias : nil,
                        accumulates ? 1 : 0, &alone)
                    for column in 0..<outputs {
                        let place = row * outputs + column
                        var sum = (0..<inputs).reduce(0.0) { $0 + Double(x[row * inputs + $1]) * Double(w[column * inputs + $1]) }
                        sum += (hasBias ? Double(bias[column]) : 0) + (accumulates ? Double(before[place]) : 0)
                        #expect(abs(Double(found[place]) - sum) < 1e-6 * Double(inputs), "\(rows) x \(inputs) x \(outputs)")
                        #expect(found[place].bitPattern == alone[column].bitPattern)
                    }
                }
            }
        }
    }

    private static func bfloat16(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        return UInt16(truncatingIfNeeded: (bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
    }

    private static func float(_ value: UInt16) -> Float { Float(bitPattern: UInt32(value) << 16) }

    private static func checkBFloat16(_ rows: Int, _ inputs: Int, _ outputs: Int) {
        var generator = SplitMix(state: UInt64(rows * inputs + outputs))
        func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float.random(in: -1...1, using: &generator) } }
        let w = numbers(outputs * inputs), before = numbers(rows * outputs), bias = numbers((outputs + 15) / 16 * 16)
        // Rows up to a multiple of 16 are read, whatever is in them.
        let x = numbers(rows * inputs).map(bfloat16) + [UInt16](repeating: 0x7FC0, count: 16 * inputs)
        aligned(tk_packed_count_bf16(inputs, outputs)) { (packed: UnsafeMutablePointer<UInt16>) in
            tk_pack_bf16(w.map(bfloat16), inputs, outputs, packed)
            for (hasBias, accumulates) in [(false, false), (true, false), (true, true)] {
                func product(_ x: [UInt16], _ count: Int, _ first: Int, _ end: Int, into out: UnsafeMutableRawPointer, rounds: Bool = false) {
                    tk_product_bf16(
                        x, count, packed, inputs, outputs, first, end, hasBias ? bias : nil, accumulates ? 1 : 0, rounds ? 1 : 0, out)
                }
                var found = before
                // In two shares of columns, like a group of workers.
                let middle = outputs / 2 / 16 * 16
                product(x, rows, 0, middle, into: &found)
                product(x, rows, middle, outputs, into: &found)
                var rounded = [UInt16](repeating: 0, count: rows * outputs)
                if !accumulates { product(x, rows, 0, outputs, into: &rounded, rounds: true) }
                for row in 0..<rows {
                    var alone = Array(before[row * outputs..<(row + 1) * outputs])
                    product(Array(x[(row * inputs)...].prefix(16 * inputs)), 1, 0, outputs, into: &alone)
                    for column in 0..<outputs {
                        let place = row * outputs + column
                        var sum = (0..<inputs).reduce(0.0) {
                            $0 + Double(float(x[row * inputs + $1])) * Double(float(bfloat16(w[column * inputs + $1])))
                        }
                        sum += (hasBias ? Double(bias[column]) : 0) + (accumulates ? Double(before[place]) : 0)
                        #expect(abs(Double(found[place]) - sum) < 1e-6 * Double(inputs), "\(rows) x \(inputs) x \(outputs)")
                        #expect(found[place].bitPattern == alone[column].bitPattern)
                        #expect(accumulates || rounded[place] == bfloat16(found[place]))
                    }
                }
            }
        }
    }
}
