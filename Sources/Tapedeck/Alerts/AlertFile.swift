import Base
import Foundation

/// A file of events, one JSON object per line. Each event is added only once.
public final class AlertFile {
    private struct Line: Decodable { var id: String }

    private let handle: FileHandle
    private var ids: Set<String>

    /// Opens the file, or creates it.
    /// - Throws: `AlertError` if the file cannot be written, or has a line that is not an event; errors of reading it.
    public init(path: String) throws {
        if !FileSystem.isFile(path) { try FileSystem.write([], to: path) }
        let text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
        ids = try Set(
            text.split(separator: "\n").enumerated().map { number, line in
                guard let one = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)) else {
                    throw AlertError(
                        .damaged, "\(path), line \(number + 1): not an alert event", remedy: "name another file, or remove the line")
                }
                return one.id
            })
        guard let handle = FileHandle(forUpdatingAtPath: path) else {
            throw AlertError(.permissionDenied, "\(path) cannot be written", remedy: "check its permissions")
        }
        self.handle = handle
        try handle.seekToEnd()
    }

    deinit { try? handle.close() }

    /// Appends an event unless the file already has it.
    /// - Parameter line: the event as JSON, without a line break.
    /// - Throws: `AlertError`, or the error of the file system that kept the event from being written.
    public func append(_ event: AlertEvent, _ line: [UInt8]) throws {
        guard ids.insert(event.id).inserted else { return }
        try handle.write(contentsOf: Data(line + [UInt8(ascii: "\n")]))
        try handle.synchronize()
    }
}
