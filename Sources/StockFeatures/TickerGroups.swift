import HDF5

/// The groups of a file that belong to tickers: those that hold one of some datasets.
enum TickerGroups {
    /// A ticker with a slash ("BRK/B") became groups within groups when h5py was given its name; this deep they are sought.
    private static let deepest = 3

    /// The tickers in alphabetical order of their bytes, and what is in the file beside them.
    static func find(in file: HDF5File, holding datasets: [String]) throws(HDF5Error) -> (tickers: [String], others: [String]) {
        var tickers: [String] = []
        var others: [String] = []
        func visit(_ group: HDF5Group, _ prefix: String, _ depth: Int) throws(HDF5Error) -> Bool {
            var found = false
            for name in try group.names() {
                let path = prefix.isEmpty ? name : prefix + "/" + name
                guard let child = try? group.group(name) else {
                    if prefix.isEmpty { others.append(path) }
                    continue
                }
                var holds = false
                for dataset in datasets where try child.contains(dataset) { holds = true }
                if holds { tickers.append(path) }
                let deeper = !holds && depth < deepest ? try visit(child, path, depth + 1) : false
                if !holds && !deeper && prefix.isEmpty { others.append(path) }
                found = found || holds || deeper
            }
            return found
        }
        _ = try visit(file.root, "", 1)
        return (tickers.sorted(by: bytesAscend), others)
    }

    /// The group of a ticker.
    static func group(_ ticker: String, in file: HDF5File) throws(HDF5Error) -> HDF5Group {
        var group = file.root
        for name in ticker.split(separator: "/", omittingEmptySubsequences: false) { group = try group.group(String(name)) }
        return group
    }
}

/// Alphabetical order of bytes, in which HDF5 lists names: the same wherever it is sorted.
package func bytesAscend(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }
