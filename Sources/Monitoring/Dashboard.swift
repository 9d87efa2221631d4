package import Foundation
import Generation

/// Renders a run on a screen, for `monitor live`. Depends only on the state, the time and the screen size.
package struct Dashboard: Sendable {
    private let state: RunState
    private let life: RunState.Life
    private let now: Date
    private let columns: Int

    /// A group of lines that grows or shrinks with the available space.
    private struct Section {
        var lines: [StyledLine]
        /// Number of lines that the section gets before any section gets more.
        var least: Int
        /// Index of the line that stays visible.
        var focus = 0

        func shown(_ count: Int) -> ArraySlice<StyledLine> {
            let first = max(0, min(focus - count / 2, lines.count - count))
            return lines[first..<min(lines.count, first + count)]
        }
    }

    /// Renders a run.
    /// - Parameters:
    ///   - columns: width of the screen in characters.
    ///   - rows: height of the screen in lines.
    /// - Returns: at most `rows` lines of at most `columns` characters.
    package static func lines(_ state: RunState, life: RunState.Life, now: Date, columns: Int, rows: Int) -> [StyledLine] {
        Dashboard(state: state, life: life, now: now, columns: max(1, columns)).lines(rows: rows).map { $0.fitted(max(1, columns)) }
    }

    /// Renders the workers of a store.
    /// - Returns: at most `rows` lines of at most `columns` characters.
    package static func lines(_ work: WorkStatus, columns: Int, rows: Int) -> [StyledLine] {
        let share = work.bytes > 0 ? Double(work.publishedBytes) / Double(work.bytes) : 0
        let head = [
            StyledLine("Tapedeck", .strong), StyledLine(work.text),
            StyledLine.bar(share, width: max(10, min(40, columns / 3))) + StyledLine(" " + RunText.percent(share), .strong), StyledLine(),
        ]
        let workers = zip(work.workers, work.lines).map { worker, line in StyledLine(line, worker.isStraggler || !worker.isAlive ? .alarm : .plain) }
        let shown = (head + workers).prefix(max(0, rows - 1)).map { $0.fitted(max(1, columns)) }
        return rows > 0 ? shown + [StyledLine("q closes this; the workers continue", .faint)] : []
    }

    private func lines(rows: Int) -> [StyledLine] {
        let current = state.years.firstIndex { $0.year == state.currentYear } ?? 0
        let sections = [
            Section(lines: head, least: head.count),
            Section(lines: overall, least: overall.count),
            Section(lines: years, least: 2, focus: current),
            Section(lines: models, least: 1),
            Section(lines: stages, least: 1),
            Section(lines: health, least: 1),
            Section(lines: warnings, least: 1, focus: max(0, warnings.count - 1)),
        ].filter { !$0.lines.isEmpty }
        var counts = [Int](repeating: 0, count: sections.count)
        // The last line belongs to the footer.
        var left = max(0, rows - 1)
        for index in sections.indices {
            counts[index] = min(sections[index].least, sections[index].lines.count, left)
            left -= counts[index]
        }
        for index in sections.indices {
            let more = min(sections[index].lines.count - counts[index], left)
            counts[index] += more
            left -= more
        }
        var lines: [StyledLine] = []
        for (section, count) in zip(sections, counts) where count > 0 {
            if left > 0, !lines.isEmpty {
                lines.append(StyledLine())
                left -= 1
            }
            lines += section.shown(count)
        }
        let footer = life == .ended ? "q leaves" : "q closes this; the run continues"
        return rows > 0 ? lines + [StyledLine(footer, .faint)] : []
    }

    private var head: [StyledLine] {
        let identity = state.identity
        var title = StyledLine("Tapedeck", .strong)
        if let run = state.run { title = title + StyledLine("  \(run.store)") }
        return [
            title, RunText.phase(state, life: life, now: now),
            StyledLine(
                "run \(identity.run), process \(identity.pid) on \(identity.host)"
                    + (state.run.map { ", from \($0.source), template \($0.template), \($0.maxWorkers) workers" } ?? ""), .faint),
        ]
    }

    private var overall: [StyledLine] {
        let bytes = "\(Numbers.bytes(state.doneBytes)) of \(Numbers.bytes(state.totalBytes))"
        var progress = [
            StyledLine.bar(state.share ?? 0, width: max(10, min(40, columns / 3))) + StyledLine(" " + RunText.percent(state.share), .strong)
        ]
        if life != .ended { progress.append(StyledLine(RunText.estimate(state.remaining), .strong)) }
        progress.append(StyledLine(bytes))
        var rows = [StyledLine("\(Numbers.grouped(state.rows)) rows")]
        if life != .ended { rows.append(StyledLine("\(RunText.rate(state.recentRowRate, "rows")) now")) }
        rows.append(StyledLine("\(RunText.rate(state.overallRowRate, "rows")) overall"))
        if let ratio = state.rowsPerDescription { rows.append(StyledLine("\(Numbers.fixed(ratio, 1)) rows/description")) }
        return [StyledLine.row(progress, width: columns), StyledLine.row(rows, width: columns)]
    }

    private var years: [StyledLine] {
        let width = max(5, min(20, columns / 5))
        return state.years.map { year in
            let style: StyledLine.Style = year.year == state.currentYear && life != .ended ? .strong : .plain
            let percent = RunText.percent(year.share)
            let padding = String(repeating: " ", count: max(0, 5 - percent.count))
            return StyledLine.row(
                [
                    StyledLine("\(year.year) ", style) + StyledLine.bar(year.share, width: width) + StyledLine(" \(padding)\(percent)", style),
                    StyledLine("\(Numbers.grouped(year.filesDone)) of \(Numbers.grouped(year.files)) files"),
                    StyledLine("\(Numbers.grouped(year.rows)) rows"),
                    StyledLine(year.rowsPerDescription.map { "\(Numbers.fixed($0, 1)) rows/description" } ?? ""),
                    StyledLine(year.quarantined > 0 ? "\(Numbers.grouped(year.quarantined)) quarantined" : ""),
                ], width: columns)
        }
    }

    private var models: [StyledLine] {
        state.models.sorted { $0.key < $1.key }.map { name, model in
            StyledLine.row(
                [
                    StyledLine("\(name) \(model.precision ?? "")", .strong),
                    StyledLine("\(Numbers.grouped(model.texts)) texts encoded"),
                    StyledLine(model.seconds > 0 ? RunText.rate(Double(model.texts) / model.seconds, "texts") : ""),
                    StyledLine(
                        model.indices > 0
                            ? "\(model.indices) \(model.indices == 1 ? "index" : "indices") in \(Numbers.duration(model.indexSeconds))" : ""),
                ], width: columns)
        }
    }

    private var stages: [StyledLine] {
        let reading = state.inHand.isEmpty ? [] : [StyledLine("reading: \(state.inHand.joined(separator: ", "))")]
        guard let progress = state.progress else { return reading }
        let total = progress.seconds.values.reduce(0, +)
        let names = PipelineProgress.Stage.allCases.map(\.rawValue)
        let times = names.compactMap { name in
            progress.seconds[name].map { "\(name) \(Int((total > 0 ? $0 / total : 0) * 100)) %" }
        }
        var lines = [StyledLine.row([StyledLine("time: ") + StyledLine(times.joined(separator: ", "))], width: columns)]
        if life != .ended {
            let batches = names.compactMap { name in progress.batches[name].flatMap { $0 > 0 ? "\($0) to \(name)" : nil } }
            lines.append(
                StyledLine(
                    "queues: \(progress.filesInFlight) files in flight, batches: \(batches.isEmpty ? "none" : batches.joined(separator: ", "))"))
        }
        return lines + reading
    }

    private var health: [StyledLine] {
        var pieces: [StyledLine] = []
        if state.peakMemory > 0 {
            let limit = state.run.map { " of \(Numbers.bytes($0.memoryLimit))" } ?? ""
            let current = life == .ended ? "" : "\(Numbers.bytes(state.progress?.memory ?? 0)), "
            pieces.append(StyledLine("memory \(current)peak \(Numbers.bytes(state.peakMemory))\(limit)"))
        }
        func count(_ value: Int, _ name: String) { pieces.append(StyledLine("\(Numbers.grouped(value)) \(name)", value > 0 ? .strong : .faint)) }
        count(state.progress?.retries ?? 0, "retries")
        count(state.quarantined, "rows quarantined")
        count(state.warningCount, state.warningCount == 1 ? "warning" : "warnings")
        if state.unreadLines > 0 { pieces.append(StyledLine("\(state.unreadLines) lines of the log unreadable", .alarm)) }
        return [StyledLine.row(pieces, width: columns)]
    }

    private var warnings: [StyledLine] {
        state.warnings.map { warning in
            StyledLine("\(warning.time.formatted(Date.ISO8601FormatStyle().time(includingFractionalSeconds: false)))  ", .faint)
                + StyledLine(warning.text.replacing("\n", with: " "))
        }
    }
}
