import Foundation

/// The folder that a market is written to.
struct OutputFolder: Sendable {
    let root: URL

    /// Creates the folder; refuses a folder that is not empty.
    func prepare() throws(SimulationError) {
        let manager = FileManager.default
        do {
            try manager.createDirectory(at: root, withIntermediateDirectories: true)
            let present = try manager.contentsOfDirectory(atPath: root.path)
            guard present.isEmpty else { throw SimulationError.folderNotEmpty(path: root.path) }
        } catch let error as SimulationError {
            throw error
        } catch {
            throw .unwritable(path: root.path, cause: error.localizedDescription)
        }
    }

    func write(_ bytes: [UInt8], to key: String) throws(SimulationError) {
        let file = root.appendingPathComponent(key)
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
        } catch {
            throw .unwritable(path: file.path, cause: error.localizedDescription)
        }
    }
}
