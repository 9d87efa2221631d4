/// Error in a run's event log.
package struct MonitoringError: Error, CustomStringConvertible, Sendable {
    package let description: String

    init(_ description: String) { self.description = description }
}
