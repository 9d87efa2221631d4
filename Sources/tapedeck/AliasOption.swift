import Descriptions
import Foundation

/// Company names: those of this build, and a user's.
enum AliasOption {
    /// - Parameter path: a CSV of further names; otherwise the file that TAPEDECK_ALIASES names, if any.
    static func table(_ path: String?) throws -> AliasTable {
        guard let path = Settings.value(path, environment: "TAPEDECK_ALIASES") else { return try AliasTable.builtIn() }
        return try AliasTable(builtInPlus: URL(fileURLWithPath: path))
    }
}
