package import Base

/// A failure to start a run, to keep it running, or to write its output.
package struct RunError: TapedeckError {
    package let kind: ErrorKind
    package let message: String
    package let remedy: String

    package init(_ kind: ErrorKind, _ message: String, remedy: String = "") {
        self.kind = kind
        self.message = message
        self.remedy = remedy
    }

    package var description: String { remedy.isEmpty ? message : "\(message); \(remedy)" }
}
