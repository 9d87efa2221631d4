import Base
import HDF5

/// Finds the groups of tickers in a file: those that contain one of some datasets.
enum TickerGroups {
    /// Maximum depth of the search. When h5py is given a ticker with a slash ("BRK/B"), it creates nested groups.
    private static let deepest = 3
    /// Datasets in a ticker's own group.
    private static let columns: Set = ["dates", "features", "prices", "close", "volume"]

    /// Returns the tickers in byte order, and everything else in the file: groups without data, links to other files,
    /// dangling links, datasets outside of tickers, and groups that are nested too deep.
    ///
    /// A soft link to a group with data is a ticker with the link's name. Anything else in that group belongs to the group's
    /// own name, since a link to a parent group would form a cycle.
    static func find(in file: HDF5File, holding datasets: [String]) throws(HDF5Error) -> (tickers: [String], others: [String]) {
        var tickers: [String] = []
        // "BF" may have its own features and contain "BF/B".
        func visit(_ group: HDF5Group, _ prefix: String, _ depth: Int, isTicker: Bool) throws(HDF5Error) -> (found: Bool, others: [String]) {
            var found = false
            var others: [String] = []
            for name in try group.names() where !(isTicker && columns.contains(name)) {
                let path = prefix.isEmpty ? name : prefix + "/" + name
                guard let child = try? group.group(name) else {
                    // Ignore other datasets of a ticker, but report dangling links.
                    if !isTicker || (try? group.dataset(name)) == nil { others.append(path) }
                    continue
                }
                guard depth <= deepest else {
                    others.append(path)
                    continue
                }
                var holds = false
                for dataset in datasets where try child.contains(dataset) { holds = true }
                if holds { tickers.append(path) }
                if try group.isLink(name) {
                    found = found || holds
                    if !holds { others.append(path) }
                    continue
                }
                let below = try visit(child, path, depth + 1, isTicker: holds)
                found = found || holds || below.found
                others += holds || below.found ? below.others : [path]
            }
            return (found, others)
        }
        let others = try visit(file.root, "", 1, isTicker: false).others
        return (tickers.sorted(by: bytesAscend), others.sorted(by: bytesAscend))
    }

    /// Opens the group of a ticker.
    static func group(_ ticker: String, in file: HDF5File) throws(HDF5Error) -> HDF5Group {
        var group = file.root
        for name in ticker.split(separator: "/", omittingEmptySubsequences: false) { group = try group.group(String(name)) }
        return group
    }
}
