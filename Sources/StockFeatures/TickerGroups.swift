internal import Base
import HDF5

/// The groups of a file that belong to tickers: those that hold one of some datasets.
enum TickerGroups {
    /// A ticker with a slash ("BRK/B") became groups within groups when h5py was given its name; this deep they are sought.
    private static let deepest = 3
    /// What a ticker's own group holds.
    private static let columns: Set = ["dates", "features", "prices", "close"]

    /// The tickers in alphabetical order of their bytes, and what is in the file beside them: groups without data, links to other
    /// files or to nothing, loose datasets, and groups that lie too deep to be looked into.
    ///
    /// A soft link to a group with data is a ticker by its own name. What else that group holds belongs to the group's own name: a link to
    /// a group above would lead round in circles.
    static func find(in file: HDF5File, holding datasets: [String]) throws(HDF5Error) -> (tickers: [String], others: [String]) {
        var tickers: [String] = []
        // "BF" may have features of its own and hold "BF/B".
        func visit(_ group: HDF5Group, _ prefix: String, _ depth: Int, isTicker: Bool) throws(HDF5Error) -> (found: Bool, others: [String]) {
            var found = false
            var others: [String] = []
            for name in try group.names() where !(isTicker && columns.contains(name)) {
                let path = prefix.isEmpty ? name : prefix + "/" + name
                guard let child = try? group.group(name) else {
                    // A ticker's further datasets are its own affair, a link that leads nowhere is not.
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

    /// The group of a ticker.
    static func group(_ ticker: String, in file: HDF5File) throws(HDF5Error) -> HDF5Group {
        var group = file.root
        for name in ticker.split(separator: "/", omittingEmptySubsequences: false) { group = try group.group(String(name)) }
        return group
    }
}
