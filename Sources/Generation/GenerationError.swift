/// Why a run could not begin or go on, and what to do about it.
public struct GenerationError: Error, CustomStringConvertible, Sendable {
    public let description: String

    package init(_ description: String) { self.description = description }
}
