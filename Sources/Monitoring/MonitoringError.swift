/// What cannot be told of a run, and why.
package struct MonitoringError: Error, CustomStringConvertible, Sendable {
    package let description: String

    init(_ description: String) { self.description = description }
}
