import CKernels

/// Centroids prepared for one matrix product that finds the nearest centroid of many points.
///
/// |x - c|² = |x|² - 2 (x c - |c|² / 2): the centroid with the highest bracket is the nearest.
final class CentroidTable: @unchecked Sendable {
    // Filled here and only read afterwards.
    let count: Int
    let dimension: Int
    /// Row length of the kernels: padded with zeros to a multiple of 16.
    let padded: Int
    /// Columns of a product: padded to whole panels.
    let columns: Int
    private let packed: UnsafeMutablePointer<Float>
    private let bias: UnsafeMutablePointer<Float>

    init(_ centroids: UnsafeBufferPointer<Float>, count: Int, dimension: Int) {
        self.count = count
        self.dimension = dimension
        padded = (dimension + 15) / 16 * 16
        columns = (count + 15) / 16 * 16
        func allocate(_ size: Int) -> UnsafeMutablePointer<Float> {
            UnsafeMutableRawPointer.allocate(byteCount: max(64, size * 4), alignment: 64).bindMemory(to: Float.self, capacity: size)
        }
        packed = allocate(tk_packed_count(padded, count))
        bias = allocate(columns)
        let rows = allocate(count * padded)
        defer { rows.deallocate() }
        for row in 0..<count {
            var norm = 0.0
            for column in 0..<dimension {
                let value = centroids[row * dimension + column]
                rows[row * padded + column] = value
                norm += Double(value) * Double(value)
            }
            for column in dimension..<padded { rows[row * padded + column] = 0 }
            bias[row] = Float(-norm / 2)
        }
        for column in count..<columns { bias[column] = 0 }
        tk_pack_f32(rows, padded, count, packed)
    }

    deinit {
        packed.deallocate()
        bias.deallocate()
    }

    /// Writes x c - |c|² / 2 of some points and all centroids.
    /// - Parameters:
    ///   - points: rows of `padded` numbers.
    ///   - scores: room for rows x `count`.
    func scores(_ points: UnsafePointer<Float>, rows: Int, into scores: UnsafeMutablePointer<Float>) {
        tk_product_f32(points, rows, packed, padded, count, 0, count, bias, 0, scores)
    }
}

/// Memory for rows of floats, aligned for the kernels.
final class FloatBuffer: @unchecked Sendable {
    // Filled before it is shared; each thread writes to its own part.
    let pointer: UnsafeMutablePointer<Float>
    let count: Int

    init(count: Int) {
        self.count = count
        pointer = UnsafeMutableRawPointer.allocate(byteCount: max(64, count * 4), alignment: 64).bindMemory(to: Float.self, capacity: count)
        pointer.initialize(repeating: 0, count: count)
    }

    deinit { pointer.deallocate() }
}
