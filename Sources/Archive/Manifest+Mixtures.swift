import Descriptions
package import ModelFiles
package import ObjectStore

extension Manifest {
    /// Refuses to mix data of different settings.
    /// - Parameters:
    ///   - models: the models of a run, by key: all of the store's, and possibly new ones.
    ///   - simulated: whether the run's source is.
    /// - Throws: `ArchiveError` naming what is stored and what is wanted.
    package func requireSame(
        descriptions wanted: DescriptionFingerprint, models wantedModels: [String: ModelFingerprint], simulated wantsSimulated: Bool,
        at location: StoreLocation
    ) throws(ArchiveError) {
        guard descriptions == wanted else {
            throw ArchiveError(
                """
                the store at \(location) was made with other descriptions:
                  stored: \(descriptions.summary)
                  wanted: \(wanted.summary)
                give another --store, or the settings it was made with
                """)
        }
        for (model, fingerprint) in wantedModels.sorted(by: { $0.key < $1.key }) {
            if let stored = models[model], stored != fingerprint {
                throw ArchiveError(
                    """
                    the store at \(location) holds vectors of \(model) made differently:
                      stored: \(stored.summary)
                      wanted: \(fingerprint.summary)
                    \(stored.isComparable(with: fingerprint)
                        ? "their last bits differ by processor: continue on the same kind of processor, use --precision int8, which is the same "
                            + "everywhere, in another --store, or see TAPEDECK_INSTRUCTION_SET in docs/configuration.md"
                        : "give another --store, or the settings it was made with")
                    """)
            }
        }
        guard simulated == wantsSimulated else {
            throw ArchiveError(
                "the store at \(location) holds \(simulated ? "simulated" : "real") data and the "
                    + "source is \(wantsSimulated ? "simulated" : "real"); give another --store")
        }
        // New parts are stored with their vectors under every model.
        let absent = models.keys.filter { wantedModels[$0] == nil }.sorted()
        guard absent.isEmpty else {
            throw ArchiveError(
                "the store at \(location) holds vectors of \(absent.joined(separator: ", ")) too, which would "
                    + "fall behind; name all of its models: --models \(models.keys.sorted().joined(separator: ","))")
        }
    }
}

extension ModelFingerprint {
    fileprivate var summary: String {
        "weights \(weightsSHA256.prefix(12)), tokenizer \(tokenizerSHA256.prefix(12)), \(precision) (\(arithmetic.map { "arithmetic \($0)" } ?? "of an earlier build")), \(pooling) pooling, \(dimension) dimensions, at most "
            + "\(maxTokens) tokens\(truncationSide.map { ", cut at the \($0)" } ?? ""), prefixes '\(queryPrefix)' and '\(documentPrefix)'"
    }
}

extension DescriptionFingerprint {
    fileprivate var summary: String {
        func list(_ parts: [DescriptionTemplate.Part]) -> String {
            parts.map { "\($0.name) \($0.weight)" }.joined(separator: ", ")
        }
        return "template \(template.name) \(template.version) (\(list(template.optionParts)); "
            + "\(list(template.stockParts))), lexicon \(lexiconVersion) \(lexiconSHA256.prefix(12)), "
            + "names \(aliasesSHA256.prefix(12))"
    }
}
