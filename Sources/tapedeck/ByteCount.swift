import ArgumentParser
import ObjectStore

extension ByteCount: ExpressibleByArgument {
    /// A size as a flag takes it.
    public init?(argument: String) { self.init(argument) }
}
