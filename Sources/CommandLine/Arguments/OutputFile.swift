import Tapedeck
import Base
import Foundation
import ObjectStore

/// Checks that a command does not write a file that it reads.
enum OutputFile {
    /// - Parameters:
    ///   - path: the file that is written.
    ///   - endings: suffixes of temporary files that are written beside it.
    ///   - inputs: the files that are read; `nil` for files that are not named. The settings file is always one of them.
    ///   - replaced: inputs that the command replaces on purpose.
    ///   - standardInput: whether standard input is read, which may be a file, too.
    ///   - folders: folders that are read, or written by others: nothing in them may be written.
    /// - Throws: `CommandError` naming both.
    static func check(
        _ path: String, beside endings: [String] = [], reading inputs: [String?] = [], replacing replaced: [String] = [],
        standardInput: Bool = false, outside folders: [String] = []
    ) throws(CommandError) {
        let read = inputs.compactMap(\.self) + [Settings.current.file]
        try compare(path, with: read, naming: "\(path) is the file that is read")
        // What is beside a link is beside its target.
        let target = FileIdentity(path)
        for ending in endings {
            for other in Set([path + ending, target.path + ending]) {
                try compare(other, with: read + replaced, naming: "\(other), which is written on the way to \(path), is the file that is read")
            }
        }
        if standardInput, let input = FileIdentity(descriptor: STDIN_FILENO), input.isSame(as: target) {
            throw CommandError("\(path) is the file that is read from standard input; name another one to write")
        }
        for folder in folders where target.isInside(folder) {
            throw CommandError("\(path) is in \(folder), whose files are read; name one elsewhere to write")
        }
    }

    /// The file of `--events`, emptied; `nil` without one.
    static func follower(_ events: String?) throws(CommandError) -> FileHandle? {
        guard let events else { return nil }
        guard FileManager.default.createFile(atPath: events, contents: nil), let file = FileHandle(forWritingAtPath: events) else {
            throw CommandError("\(events) cannot be written; name another file with --events")
        }
        return file
    }

    private static func compare(_ output: String, with inputs: [String], naming text: String) throws(CommandError) {
        let identity = FileIdentity(output)
        for input in inputs where FileIdentity(input).isSame(as: identity) {
            throw CommandError("\(text)\(input == output ? "" : ", \(input)"); name another one to write")
        }
    }
}
