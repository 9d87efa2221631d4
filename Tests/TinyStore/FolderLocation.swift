public import ObjectStore
public import TestSupport

extension TemporaryFolder {
    public func location(_ name: String) -> StoreLocation { .folder(file(name)) }
}
