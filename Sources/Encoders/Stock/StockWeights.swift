import ModelFiles

/// A stock model's weights, with the names and shapes that the layers request.
///
/// Feature rows and attention heads are padded with zeros to multiples of 16, which does not change any sum.
struct StockWeights<Base: WeightSource>: WeightSource {
    /// Tensors as in the `state_dict`.
    let base: Base
    let shape: StockShape

    func contains(_ name: String) -> Bool { base.contains(StockShape.stored(name)) }

    func withTensor<Result>(
        named name: String, _ body: (WeightTensor) throws(EncoderError) -> Result
    ) throws(EncoderError) -> Result {
        let stored = StockShape.stored(name)
        let c = shape.configuration
        if name == "input_proj.0.weight", shape.paddedFeatures != c.features {
            return try padded(stored, from: [c.hidden, c.features], to: [c.hidden, shape.paddedFeatures], { $0 }, body)
        }
        guard shape.paddedHead != shape.headSize else { return try base.withTensor(named: stored, body) }
        let size = shape.headSize, wide = shape.paddedHead, width = shape.attentionWidth
        func inHeads(_ index: Int) -> Int { index / size * wide + index % size }
        if name.hasSuffix("in_proj.weight") {
            return try padded(stored, from: [3 * c.hidden, c.hidden], to: [3 * width, c.hidden], rows: inHeads, { $0 }, body)
        }
        if name.hasSuffix("in_proj.bias") {
            return try padded(stored, from: [1, 3 * c.hidden], to: [1, 3 * width], inHeads, body, shape: [3 * width])
        }
        if name.hasSuffix("out_proj.weight") {
            return try padded(stored, from: [c.hidden, c.hidden], to: [c.hidden, width], inHeads, body)
        }
        return try base.withTensor(named: stored, body)
    }

    /// A copy of a matrix with its rows and columns moved, and zeros in between.
    private func padded<Result>(
        _ stored: String, from: [Int], to: [Int], rows: (Int) -> Int = { $0 }, _ columns: (Int) -> Int,
        _ body: (WeightTensor) throws(EncoderError) -> Result, shape: [Int]? = nil
    ) throws(EncoderError) -> Result {
        let source = try base.floats(named: stored, shape: from[0] == 1 ? [from[1]] : from)
        let target = AlignedBuffer<Float>(count: to[0] * to[1])
        for row in 0..<from[0] {
            let out = target.pointer + rows(row) * to[1], values = source.pointer + row * from[1]
            for column in 0..<from[1] { out[columns(column)] = values[column] }
        }
        return try withExtendedLifetime((source, target)) { () throws(EncoderError) in
            try body(
                WeightTensor(
                    shape: shape ?? to, element: .f32,
                    bytes: UnsafeRawBufferPointer(start: target.pointer, count: target.count * MemoryLayout<Float>.stride)))
        }
    }
}

/// Weights from a stock model's checkpoint.
struct StockFileWeights: WeightSource {
    let file: StockModelFile

    func contains(_ name: String) -> Bool { file.configuration.shapes[name] != nil }

    func withTensor<Result>(
        named name: String, _ body: (WeightTensor) throws(EncoderError) -> Result
    ) throws(EncoderError) -> Result {
        guard let shape = file.configuration.shapes[name] else { throw .missingTensor(name) }
        do {
            return try file.withTensor(name) { type, bytes in
                let element: WeightTensor.Element = type == .f32 ? .f32 : type == .f16 ? .f16 : .bf16
                return try body(WeightTensor(shape: shape, element: element, bytes: bytes))
            }
        } catch let error as EncoderError {
            throw error
        } catch {
            throw .unreadableWeights(tensor: name, reason: "\(error)")
        }
    }
}
