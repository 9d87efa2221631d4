import MarketData

/// An underlying with everything that determines its quotes.
struct SimulatedUnderlying: Sendable {
    let profile: UnderlyingProfile
    let path: UnderlyingPath
    /// By expiry.
    let series: [OptionSeries]

    init(profile: UnderlyingProfile, market: MarketPath, sessions: [Day], configuration: SimulationConfiguration) {
        self.profile = profile
        let path = UnderlyingPath(profile: profile, market: market, seed: configuration.seed)
        self.path = path
        series = ListedExpiry.all(for: profile, from: configuration.firstDay, to: configuration.lastDay).compactMap {
            OptionSeries(expiry: $0, profile: profile, path: path, sessions: sessions)
        }
    }

    /// The series listed in a session, by expiry.
    func active(on session: Int) -> some Sequence<Int> {
        series.indices.lazy.filter { series[$0].isListed(on: session) }
    }

    /// The close on the share basis of the first session.
    func adjustedClose(_ session: Int) -> Double { path.bars[session].close * path.bars[session].shares }
}
