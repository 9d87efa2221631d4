import ArgumentParser
import ObjectStore

extension ByteCount: ExpressibleByArgument {
    /// A size as a flag takes it: more than nothing.
    public init?(argument: String) {
        self.init(argument)
        guard bytes > 0 else { return nil }
    }
}
