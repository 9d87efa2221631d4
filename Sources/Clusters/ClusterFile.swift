import Base
import Digests
import Foundation
import HDF5
import MarketData

/// Reads and writes clusters: `clusters.h5` of this program, `clusters.npz` of the original system's exporter.
public enum ClusterFile {
    /// Name of the file in a cluster folder.
    public static let name = "clusters.h5"
    /// Name of the file that scripts/export-clusters makes from the original's pickles.
    public static let importName = "clusters.npz"
    private static let format = "tapedeck clusters"
    private static let version: Int64 = 1

    /// Opens a file, or the one in a folder.
    /// - Throws: `ClusterError`, with the remedy if there are only pickles.
    public static func open(_ path: String) throws(ClusterError) -> ClusterModel {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ClusterError(.unavailable, path, "there is no such file or folder")
        }
        guard isFolder.boolValue else { return try path.hasSuffix(".npz") ? readArrays(path) : read(path) }
        for name in [name, importName] where FileManager.default.fileExists(atPath: path + "/" + name) {
            return try open(path + "/" + name)
        }
        guard !FileManager.default.fileExists(atPath: path + "/clustering_model.pkl") else {
            throw ClusterError(
                .unavailable, path,
                "holds pickles of the original system; pickles can run code, so they are not read; "
                    + "'scripts/export-clusters \(path)' converts them to \(importName); it needs Python and scikit-learn")
        }
        throw ClusterError(.unavailable, path, "holds neither \(name) nor \(importName); 'tapedeck clusters fit' creates the first")
    }

    /// Writes `clusters.h5`.
    /// - Throws: `ClusterError`.
    public static func write(_ model: ClusterModel, to path: String) throws(ClusterError) {
        let temporary = path + ".new"
        FileSystem.remove(temporary)
        do {
            let file = try HDF5File(creating: temporary)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            try file.root.setAttribute("format", to: format)
            try file.root.setAttribute("format_version", to: version)
            try file.root.setAttribute("provenance", to: String(decoding: try encoder.encode(model.provenance), as: UTF8.self))
            try file.root.setAttribute("clusters", to: model.count)
            try file.root.setAttribute("checksum", to: try checksum(model))
            func storage(_ rows: Int) -> HDF5Storage { .uncompressed(chunkRows: max(1, min(rows, 4096))) }
            try file.root.createDataset("centroids", type: .float32, columns: model.spaceDimension, storage: storage(model.count))
                .append(model.centroids)
            if let scaler = model.scaler {
                try file.root.createDataset("scaler_mean", type: .float64, storage: storage(model.dimension)).append(scaler.mean)
                try file.root.createDataset("scaler_scale", type: .float64, storage: storage(model.dimension)).append(scaler.scale)
            }
            if let projection = model.projection {
                try file.root.createDataset("pca_mean", type: .float64, storage: storage(model.dimension)).append(projection.mean)
                try file.root.createDataset(
                    "pca_components", type: .float32, columns: model.dimension, storage: storage(model.spaceDimension)
                ).append(projection.components)
            }
            if !model.members.isEmpty {
                let tickers = Set(model.members.map(\.ticker)).sorted(by: bytesAscend)
                let places = Dictionary(uniqueKeysWithValues: tickers.enumerated().map { ($1, Int32($0)) })
                try file.root.createTexts("tickers", tickers)
                let count = model.members.count
                try file.root.createDataset("member_ticker", type: .int32, storage: storage(count)).append(
                    model.members.map { places[$0.ticker] ?? 0 })
                try file.root.createDataset("member_day", type: .int32, storage: storage(count)).append(
                    model.members.map { $0.day?.rawValue ?? Int32.min })
                try file.root.createDataset("member_row", type: .int32, storage: storage(count)).append(model.members.map { Int32($0.row) })
                try file.root.createDataset("member_cluster", type: .int32, storage: storage(count)).append(model.members.map { Int32($0.cluster) })
            }
            try file.close()
            try FileSystem.replace(path, with: temporary)
        } catch {
            FileSystem.remove(temporary)
            throw ClusterError(.unavailable, path, "could not be written: \((error as? FileError)?.reason.text ?? "\(error)")")
        }
    }

    /// Checksum of the file's content.
    private static func checksum(_ model: ClusterModel) throws -> String {
        var digest = DigestBuilder()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        digest.update(String(decoding: try encoder.encode(model.provenance), as: UTF8.self))
        digest.update(model.digest)
        for member in model.members { digest.update("\(member.ticker) \(member.day?.rawValue ?? 0) \(member.row) \(member.cluster)\n") }
        return digest.finish().hexadecimal
    }

    private static func read(_ path: String) throws(ClusterError) -> ClusterModel {
        do {
            let file = try HDF5File(reading: path)
            guard try file.root.hasAttribute("format"), try file.root.stringAttribute("format") == format else {
                throw ClusterError(.malformed, path, "is not a cluster file of this program; 'tapedeck clusters fit' creates one")
            }
            let found = try file.root.int64Attribute("format_version")
            guard found == version else {
                throw ClusterError(.malformed, path, "has the format version \(found), and this program reads \(version)")
            }
            let provenance = try JSONDecoder().decode(
                ClusterModel.Provenance.self, from: Data(try file.root.stringAttribute("provenance").utf8))
            let count = Int(try file.root.int64Attribute("clusters"))
            let scaler =
                try file.root.contains("scaler_mean")
                ? ClusterModel.Scaler(
                    mean: try file.root.dataset("scaler_mean").read(Double.self), scale: try file.root.dataset("scaler_scale").read(Double.self))
                : nil
            let projection =
                try file.root.contains("pca_mean")
                ? ClusterModel.Projection(
                    mean: try file.root.dataset("pca_mean").read(Double.self),
                    components: try file.root.dataset("pca_components").read(Float.self)) : nil
            var members: [ClusterModel.Member] = []
            if try file.root.contains("member_ticker") {
                let tickers = try file.root.dataset("tickers").readTexts()
                let ticker = try file.root.dataset("member_ticker").read(Int32.self)
                let day = try file.root.dataset("member_day").read(Int32.self)
                let row = try file.root.dataset("member_row").read(Int32.self)
                let cluster = try file.root.dataset("member_cluster").read(Int32.self)
                guard Set([ticker.count, day.count, row.count, cluster.count]).count == 1,
                    ticker.allSatisfy({ tickers.indices.contains(Int($0)) })
                else { throw ClusterError(.malformed, path, "its members do not fit together: the file is damaged") }
                members = ticker.indices.map {
                    ClusterModel.Member(
                        ticker: tickers[Int(ticker[$0])], day: day[$0] == Int32.min ? nil : Day(rawValue: day[$0]), row: Int(row[$0]),
                        cluster: Int(cluster[$0]))
                }
            }
            let model = try ClusterModel(
                centroids: try file.root.dataset("centroids").read(Float.self), count: count, scaler: scaler, projection: projection,
                members: members, provenance: provenance)
            guard try checksum(model) == (try file.root.stringAttribute("checksum")) else {
                throw ClusterError(.malformed, path, "does not agree with its checksum: the file is damaged; fit the clusters again")
            }
            return model
        } catch let error as ClusterError {
            throw error
        } catch let error as HDF5Error {
            throw ClusterError(error.code == .cannotOpen ? .unavailable : .malformed, path, "\(error)")
        } catch {
            throw ClusterError(.malformed, path, "its provenance cannot be read; the file is damaged or of another program")
        }
    }

    /// Reads `clusters.npz`: `centroids` (k, d), and, if present, `scaler_mean`, `scaler_scale` (H), `pca_mean` (H),
    /// `pca_components` (d, H), `keys` ("TICKER_t12", n) and `labels` (n).
    private static func readArrays(_ path: String) throws(ClusterError) -> ClusterModel {
        let file = try NumpyFile(path: path)
        guard let centroids = try file.numbers("centroids", dimensions: 2) else {
            throw ClusterError(.malformed, path, "has no array 'centroids'; docs/formats.md lists the arrays that are read")
        }
        let (mean, scale) = (try file.numbers("scaler_mean", dimensions: 1), try file.numbers("scaler_scale", dimensions: 1))
        guard (mean == nil) == (scale == nil) else {
            throw ClusterError(.malformed, path, "has one of scaler_mean and scaler_scale without the other")
        }
        let (center, components) = (try file.numbers("pca_mean", dimensions: 1), try file.numbers("pca_components", dimensions: 2))
        guard (center == nil) == (components == nil) else {
            throw ClusterError(.malformed, path, "has one of pca_mean and pca_components without the other")
        }
        var members: [ClusterModel.Member] = []
        if let keys = try file.array("keys"), let labels = try file.numbers("labels", dimensions: 1) {
            guard case .texts(let texts) = keys.values, texts.count == labels.values.count else {
                throw ClusterError(.malformed, path, "its keys and labels are not of one length")
            }
            for (key, label) in zip(texts, labels.values) {
                guard let split = key.range(of: "_t", options: .backwards), let row = Int(key[split.upperBound...]) else {
                    throw ClusterError(.malformed, path, "its key '\(key)' is not TICKER_tROW")
                }
                members.append(ClusterModel.Member(ticker: String(key[..<split.lowerBound]), day: nil, row: row, cluster: Int(label)))
            }
        }
        return try ClusterModel(
            centroids: centroids.values.map { Float($0) }, count: centroids.shape[0],
            scaler: mean.flatMap { mean in scale.map { ClusterModel.Scaler(mean: mean.values, scale: $0.values) } },
            projection: center.flatMap { center in
                components.map { ClusterModel.Projection(mean: center.values, components: $0.values.map { Float($0) }) }
            }, members: members, provenance: ClusterModel.Provenance(source: (path as NSString).lastPathComponent))
    }
}
