import EmbeddingCache
import MarketData
import Monitoring

/// Caches in words.
enum CacheText {
    /// "cells: 120 cached, 3 no data".
    static func cells(_ counts: [CellStatus: Int]) -> String { "cells: " + self.counts(counts) }

    /// "120 cached, 3 no data".
    static func counts(_ counts: [CellStatus: Int]) -> String {
        let parts = ([.cached, .noData, .shortHistory, .failed, .notTried] as [CellStatus]).compactMap { status in
            counts[status].flatMap { $0 > 0 ? "\(Numbers.grouped($0)) \(status.words)" : nil }
        }
        return parts.joined(separator: ", ")
    }

    /// A line for each ticker and reason, with its days.
    static func failures(_ file: CacheFile, most: Int? = nil) -> [String] {
        struct Group: Hashable {
            let ticker: String
            let reason: String
        }
        var days: [Group: [Day]] = [:]
        var order: [Group] = []
        for failure in file.failures {
            let group = Group(ticker: failure.ticker, reason: failure.reason)
            if days[group] == nil { order.append(group) }
            days[group, default: []].append(failure.day)
        }
        var lines = order.prefix(most ?? order.count).map { group in
            let found = days[group] ?? []
            let first = found.first?.description ?? ""
            let span = found.count == 1 ? first : "\(found.count) days, \(first) to \(found.last?.description ?? "")"
            return "failed: \(group.ticker) (\(span)): \(group.reason)"
        }
        if let most, order.count > most {
            lines.append("and \(order.count - most) more: 'tapedeck cache info \(file.path) --failures' lists all")
        }
        return lines
    }
}
