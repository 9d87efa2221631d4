import ModelFiles

/// A model of the catalogue, as JSON: the members of `models list --json`.
package struct ModelReport: Encodable, Sendable {
    package let key: String
    /// Name on the hub.
    package let hub: String
    package let dimensions: Int
    /// Its folder; `nil` if the model is not on this machine.
    package let path: String?
    /// Why the model cannot be used.
    package let problem: String?

    package init(_ listing: ModelLibrary.Listing) {
        key = listing.model.key
        hub = listing.model.hubID
        dimensions = listing.model.dimensions
        path = listing.folder?.path
        problem = listing.problem.map { "\($0)" }
    }
}
