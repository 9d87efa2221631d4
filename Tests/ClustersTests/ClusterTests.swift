import Clusters
import Foundation
import MarketData
import Testing
import TestSupport

@Suite("Clusters")
struct ClusterTests {
    struct Missing: Error {}

    private struct Assigned: Decodable {
        let points: [Float]
        let labels: [Int]
        let distance: [Float]
        let best: [Int]
        let best_distance: [Float]
    }

    private struct Points: Decodable {
        let name: String
        let clusters, dimension: Int
        let points: [Float]
        let inertia: Double
    }

    static func golden(_ name: String) throws -> String {
        guard let path = Bundle.module.path(forResource: "Golden/" + name, ofType: nil) else { throw Missing() }
        return path
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: URL(fileURLWithPath: golden(name))))
    }

    /// scripts/golden/clusters.py.
    @Test("assignments are those of scikit-learn", arguments: ["clusters", "clusters_pca"])
    func assignments(name: String) throws {
        let model = try ClusterFile.open(Self.golden(name + ".npz"))
        #expect(model.count == 7 && model.dimension == 12 && model.members.map(\.ticker) == ["T_t0", "T_t1", "T_t2"])
        let expected = try Self.decode(Assigned.self, name + ".json")
        let found = try ClusterAssigner(model, best: expected.best).assign(expected.points)
        #expect(found.map(\.cluster) == expected.labels)
        for (one, distance) in zip(found, expected.distance) { #expect(abs(one.distance - distance) < 1e-4) }
        for (one, distance) in zip(found, expected.best_distance) { #expect(abs(one.bestDistance - distance) < 1e-4) }
        #expect(found.map(\.isInBest) == expected.labels.map { expected.best.contains($0) })
        // One at a time gives the same bits.
        for row in 0..<20 {
            let alone = try ClusterAssigner(model, best: expected.best).assign(Array(expected.points[row * 12..<(row + 1) * 12]))
            #expect(alone == [found[row]])
        }
    }

    @Test func filesKeepEverything() throws {
        let folder = try TemporaryFolder()
        let read = try ClusterFile.open(Self.golden("clusters_pca.npz"))
        var provenance = ClusterModel.Provenance(source: "features.h5")
        (provenance.fitted_through, provenance.fingerprint, provenance.seed) = (Day(iso: "2024-01-31"), "{}", 7)
        let model = try ClusterModel(
            centroids: read.centroids, count: read.count, scaler: read.scaler, projection: read.projection,
            members: [
                ClusterModel.Member(ticker: "BRK.A", day: Day(iso: "2024-01-02"), cluster: 3),
                ClusterModel.Member(ticker: "AAPL", day: nil, row: 12, cluster: 0),
            ], provenance: provenance)
        try ClusterFile.write(model, to: folder.file("clusters.h5"))
        let again = try ClusterFile.open(folder.path)
        #expect(again.centroids == model.centroids && again.scaler == model.scaler && again.projection == model.projection)
        #expect(again.members == model.members && again.provenance == model.provenance && again.digest == model.digest)
        // A damaged file does not pass.
        var bytes = try folder.bytes("clusters.h5")
        let values = model.centroids.prefix(4).withUnsafeBytes { Array($0) }
        let place = try #require((0..<bytes.count - 16).first { Array(bytes[$0..<$0 + 16]) == values })
        bytes[place + 2] ^= 1
        try folder.write(bytes, to: "damaged.h5")
        #expect(throws: ClusterError.self) { try ClusterFile.open(folder.file("damaged.h5")) }
        #expect(throws: ClusterError.self) { try ClusterAssigner(model, best: [7]) }
        #expect(throws: ClusterError.self) { try ClusterFile.open(folder.file("none")) }
    }

    /// Shapes whose sizes overflow, and headers that end early, are errors.
    @Test(arguments: [
        ("<f4", "(4294967295, 4294967295)"), ("<f8", "(2147483647, 2147483647)"), ("<U3", "(4294967295, 1073741824)"), ("<f4", "(-1, 3)"),
        ("<f4", "(2, x)"), ("|O", "(1,)"),
    ])
    func hostileArraysAreRefused(_ type: String, _ shape: String) throws {
        let folder = try TemporaryFolder()
        let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }\n"
        let array = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + [0, 0, 0, 0]
        for bytes in [array, Array(array.prefix(20)), Array(array.prefix(7)), []] {
            try folder.write(zip([(name: "centroids.npy", bytes: bytes)]), to: "clusters.npz")
            let error = #expect(throws: ClusterError.self) { try ClusterFile.open(folder.file("clusters.npz")) }
            #expect(error?.description.contains("centroids") == true, "\(String(describing: error))")
        }
    }

    @Test func picklesAreNamedWithTheirRemedy() throws {
        let folder = try TemporaryFolder()
        try folder.write("x", to: "clustering_model.pkl")
        let error = #expect(throws: ClusterError.self) { try ClusterFile.open(folder.path) }
        #expect(error?.description.contains("export-clusters") == true)
    }

    @Test func listsOfBestClustersAreRead() throws {
        let folder = try TemporaryFolder()
        try folder.write("# Best clusters for 1-day horizon\n# Total: 2 clusters\n4\n\n 0 \n4\n", to: "best.txt")
        let best = try ClusterLists.readBest(folder.file("best.txt"))
        #expect(best.ids == [4, 0] && best.digest == nil && best.through == nil)
        try folder.write("4\nfour\n", to: "bad.txt")
        let error = #expect(throws: ClusterError.self) { try ClusterLists.readBest(folder.file("bad.txt")) }
        #expect(error?.description.contains("line 2") == true)
    }

    /// scripts/golden/clusters.py: within 1 % of scikit-learn's.
    @Test func inertiaIsThatOfScikitLearn() throws {
        for one in try Self.decode([Points].self, "kmeans.json") {
            let means = KMeans(clusters: one.clusters)
            let fit = try means.fit(one.points, dimension: one.dimension)
            #expect(fit.inertia <= one.inertia * 1.01, "\(one.name): \(fit.inertia), scikit-learn \(one.inertia)")
            // The inertia is that of the labels, and the labels are the nearest.
            var sum = 0.0
            for row in 0..<one.points.count / one.dimension {
                let distances = (0..<one.clusters).map { cluster in
                    (0..<one.dimension).reduce(0.0) { sum, column in
                        let gap = Double(one.points[row * one.dimension + column]) - Double(fit.centroids[cluster * one.dimension + column])
                        return sum + gap * gap
                    }
                }
                sum += distances[Int(fit.labels[row])]
                #expect(distances[Int(fit.labels[row])] <= (distances.min() ?? 0) * (1 + 1e-4) + 1e-6)
            }
            #expect(abs(sum - fit.inertia) < 1e-3 * sum)
            let again = try means.fit(one.points, dimension: one.dimension)
            #expect(again.centroids == fit.centroids && again.labels == fit.labels)
        }
    }

    @Test func fewPointsAreRefused() throws {
        #expect(throws: ClusterError.self) { try KMeans(clusters: 3).fit([1, 2], dimension: 1) }
        #expect(throws: ClusterError.self) { try KMeans(clusters: 1).fit([1, .nan], dimension: 1) }
        // As many clusters as points, and points that are all the same.
        #expect(try KMeans(clusters: 3).fit([1, 5, 9], dimension: 1).inertia == 0)
        #expect(try KMeans(clusters: 2).fit([4, 4, 4, 4], dimension: 1).inertia == 0)
    }
}
