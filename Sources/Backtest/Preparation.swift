import Clusters
import Foundation
import Portfolio

/// Standardisation and principal components of points.
enum Preparation {
    /// Mean and population deviation of each component; a deviation of 0 becomes 1, as in scikit-learn.
    static func scaler(_ points: [Float], dimension: Int) -> ClusterModel.Scaler {
        let count = Double(points.count / dimension)
        var mean = [Double](repeating: 0, count: dimension), squares = mean
        points.withUnsafeBufferPointer { points in
            for row in stride(from: 0, to: points.count, by: dimension) {
                for column in 0..<dimension { mean[column] += Double(points[row + column]) }
            }
            for column in 0..<dimension { mean[column] /= count }
            for row in stride(from: 0, to: points.count, by: dimension) {
                for column in 0..<dimension {
                    let gap = Double(points[row + column]) - mean[column]
                    squares[column] += gap * gap
                }
            }
        }
        let scale = squares.map { square -> Double in
            let deviation = (square / count).squareRoot()
            return deviation > 1e-12 ? deviation : 1
        }
        return ClusterModel.Scaler(mean: mean, scale: scale)
    }

    /// The first principal components, by subspace iteration on the covariance; the largest component of each is positive.
    static func projection(_ points: [Float], dimension: Int, components: Int, seed: Int) -> ClusterModel.Projection {
        let rows = points.count / dimension
        var mean = [Double](repeating: 0, count: dimension)
        for row in 0..<rows { for column in 0..<dimension { mean[column] += Double(points[row * dimension + column]) } }
        for column in 0..<dimension { mean[column] /= Double(rows) }
        var covariance = [Double](repeating: 0, count: dimension * dimension)
        covariance.withUnsafeMutableBufferPointer { covariance in
            var gap = [Double](repeating: 0, count: dimension)
            for row in 0..<rows {
                for column in 0..<dimension { gap[column] = Double(points[row * dimension + column]) - mean[column] }
                for i in 0..<dimension {
                    let value = gap[i]
                    for j in i..<dimension { covariance[i * dimension + j] += value * gap[j] }
                }
            }
            for i in 0..<dimension { for j in 0..<i { covariance[i * dimension + j] = covariance[j * dimension + i] } }
        }
        let width = min(dimension, components + 8)
        var random = PythonRandom(seed: seed)
        var basis = (0..<width).map { _ in (0..<dimension).map { _ in random.nextDouble() - 0.5 } }
        orthonormalise(&basis)
        for _ in 0..<100 {
            basis = basis.map { multiply(covariance, $0, dimension) }
            orthonormalise(&basis)
        }
        // Rotated to the axes within the subspace.
        let images = basis.map { multiply(covariance, $0, dimension) }
        var small = [Double](repeating: 0, count: width * width)
        for i in 0..<width { for j in 0..<width { small[i * width + j] = dot(basis[i], images[j]) } }
        let (values, vectors) = eigen(small, width)
        let order = (0..<width).sorted { values[$0] != values[$1] ? values[$0] > values[$1] : $0 < $1 }
        var result: [Float] = []
        for place in order.prefix(components) {
            var axis = [Double](repeating: 0, count: dimension)
            for i in 0..<width { for column in 0..<dimension { axis[column] += vectors[i * width + place] * basis[i][column] } }
            let largest = axis.max { abs($0) < abs($1) } ?? 1
            result += axis.map { Float(largest < 0 ? -$0 : $0) }
        }
        return ClusterModel.Projection(mean: mean, components: result)
    }

    private static func dot(_ left: [Double], _ right: [Double]) -> Double {
        var sum = 0.0
        for place in left.indices { sum += left[place] * right[place] }
        return sum
    }

    private static func multiply(_ matrix: [Double], _ vector: [Double], _ size: Int) -> [Double] {
        matrix.withUnsafeBufferPointer { matrix in
            vector.withUnsafeBufferPointer { vector in
                (0..<size).map { row in
                    var sum = 0.0
                    for column in 0..<size { sum += matrix[row * size + column] * vector[column] }
                    return sum
                }
            }
        }
    }

    /// Gram and Schmidt's, twice.
    private static func orthonormalise(_ basis: inout [[Double]]) {
        for index in basis.indices {
            for _ in 0..<2 {
                for earlier in 0..<index {
                    let share = dot(basis[index], basis[earlier])
                    for column in basis[index].indices { basis[index][column] -= share * basis[earlier][column] }
                }
            }
            let norm = dot(basis[index], basis[index]).squareRoot()
            let factor = norm > 1e-300 ? 1 / norm : 0
            for column in basis[index].indices { basis[index][column] *= factor }
        }
    }

    /// Eigenvalues and vectors (columns) of a small symmetric matrix, by Jacobi's rotations.
    private static func eigen(_ matrix: [Double], _ size: Int) -> ([Double], [Double]) {
        var a = matrix
        var vectors = [Double](repeating: 0, count: size * size)
        for i in 0..<size { vectors[i * size + i] = 1 }
        for _ in 0..<60 {
            var off = 0.0
            for i in 0..<size { for j in 0..<size where i != j { off += a[i * size + j] * a[i * size + j] } }
            guard off > 1e-24 else { break }
            for p in 0..<size {
                for q in p + 1..<max(size, p + 1) where abs(a[p * size + q]) > 1e-300 {
                    let theta = (a[q * size + q] - a[p * size + p]) / (2 * a[p * size + q])
                    let t = (theta >= 0 ? 1.0 : -1.0) / (abs(theta) + (theta * theta + 1).squareRoot())
                    let c = 1 / (t * t + 1).squareRoot(), s = t * c
                    for k in 0..<size {
                        let (left, right) = (a[k * size + p], a[k * size + q])
                        a[k * size + p] = c * left - s * right
                        a[k * size + q] = s * left + c * right
                    }
                    for k in 0..<size {
                        let (left, right) = (a[p * size + k], a[q * size + k])
                        a[p * size + k] = c * left - s * right
                        a[q * size + k] = s * left + c * right
                    }
                    for k in 0..<size {
                        let (left, right) = (vectors[k * size + p], vectors[k * size + q])
                        vectors[k * size + p] = c * left - s * right
                        vectors[k * size + q] = s * left + c * right
                    }
                }
            }
        }
        return ((0..<size).map { a[$0 * size + $0] }, vectors)
    }
}
