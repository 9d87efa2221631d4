import CKernels

/// Storage type of vectors.
public enum CacheVectorType: String, Sendable, CaseIterable, Codable {
    /// float32, without loss.
    case f32
    /// IEEE half precision, rounded to nearest.
    case f16
    /// Integers from -127 to 127 with one scale per vector: its largest magnitude divided by 127.
    case int8

    /// Bytes per vector of `dimension` numbers.
    public func byteCount(dimension: Int) -> Int {
        switch self {
        case .f32: dimension * 4
        case .f16: dimension * 2
        case .int8: dimension
        }
    }

    /// A stored vector.
    package struct Stored {
        package var bytes: [UInt8]
        /// For int8; 0 otherwise.
        package var scale: Float = 0
        /// Relative rounding error: length of the rounding error over length of the vector.
        package var error: Float = 0
    }

    /// Rounds a vector to this type.
    /// - Returns: nil when a number is not finite or too large for the type.
    package func store(_ vector: UnsafeBufferPointer<Float>) -> Stored? {
        var largest: Float = 0
        for value in vector {
            guard value.isFinite else { return nil }
            largest = max(largest, abs(value))
        }
        var stored: Stored
        switch self {
        case .f32: return Stored(bytes: Array(UnsafeRawBufferPointer(vector)))
        case .f16:
            guard largest < 65_520 else { return nil }
            stored = Stored(
                bytes: [UInt8](unsafeUninitializedCapacity: vector.count * 2) { bytes, filled in
                    let halves = UnsafeMutableRawBufferPointer(bytes).bindMemory(to: UInt16.self)
                    tk_scan_f32_to_f16(vector.baseAddress, vector.count, halves.baseAddress)
                    filled = vector.count * 2
                })
        case .int8:
            let scale = largest / 127
            stored = Stored(
                bytes: vector.map { value in
                    scale > 0 ? UInt8(bitPattern: Int8(max(-127, min(127, (value / scale).rounded(.toNearestOrEven))))) : 0
                }, scale: scale)
        }
        var difference = 0.0
        var length = 0.0
        let restored = stored.bytes.withUnsafeBytes { load($0, scale: stored.scale) }
        for (value, restored) in zip(vector, restored) {
            difference += (Double(value) - Double(restored)) * (Double(value) - Double(restored))
            length += Double(value) * Double(value)
        }
        stored.error = length > 0 ? Float((difference / length).squareRoot()) : 0
        return stored
    }

    /// Converts a stored vector to float32.
    func load(_ bytes: UnsafeRawBufferPointer, scale: Float) -> [Float] {
        let dimension = bytes.count / byteCount(dimension: 1)
        return [Float](unsafeUninitializedCapacity: dimension) { buffer, filled in
            load(bytes, scale: scale, into: UnsafeMutableBufferPointer(rebasing: buffer[..<dimension]))
            filled = dimension
        }
    }

    /// - Parameter buffer: has room for all numbers of the vector.
    func load(_ bytes: UnsafeRawBufferPointer, scale: Float, into buffer: UnsafeMutableBufferPointer<Float>) {
        switch self {
        case .f32: UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
        case .f16: tk_scan_f16_to_f32(bytes.baseAddress, buffer.count, buffer.baseAddress)
        case .int8:
            for index in buffer.indices { buffer[index] = Float(Int8(bitPattern: bytes[index])) * scale }
        }
    }
}
