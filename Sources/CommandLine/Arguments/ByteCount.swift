import ArgumentParser
import ObjectStore

extension ByteCount: ExpressibleByArgument {
    /// A positive size, as a value of a flag.
    public init?(argument: String) {
        self.init(argument)
        guard bytes > 0 else { return nil }
    }
}
