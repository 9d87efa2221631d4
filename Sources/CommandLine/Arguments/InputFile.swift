import Foundation
import Tapedeck

/// Small input files of a command, other than market data.
enum InputFile {
    /// - Parameter what: what it should hold, for the error.
    /// - Throws: `CommandError` naming the file and why it cannot be read.
    static func read(_ path: String, what: String) throws(CommandError) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw CommandError("cannot read the file of \(what): \(ErrorText.describe(error))")
        }
    }
}
