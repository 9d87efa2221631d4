package import Base

/// Error in a run's event log.
package struct MonitoringError: TapedeckError {
    package let description: String
    package var kind: ErrorKind { .damaged }

    init(_ description: String) { self.description = description }
}
