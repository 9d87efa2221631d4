import Base

/// Structure of a report, rendered as Markdown or HTML.
package struct ReportDocument: Sendable {
    package enum Block: Sendable {
        case heading(String)
        case paragraph(String)
        /// Columns whose titles start with a space are right-aligned.
        case table(header: [String], rows: [[String]])
        case list([String])
        case plot(LinePlot)
    }

    package var title: String
    package var blocks: [Block] = []

    package init(title: String) { self.title = title }

    package var markdown: String {
        func escaped(_ text: String) -> String { text.replacing("\n", with: " ").replacing("|", with: "\\|").replacing("<", with: "&lt;") }
        func row(_ cells: [String]) -> String { "| " + cells.map { escaped($0.trimmingPrefix(" ").description) }.joined(separator: " | ") + " |\n" }
        var text = "# \(escaped(title))\n"
        for block in blocks {
            text += "\n"
            switch block {
            case .heading(let heading): text += "## \(escaped(heading))\n"
            case .paragraph(let paragraph): text += escaped(paragraph) + "\n"
            case .table(let header, let rows):
                text += row(header) + "|" + header.map { $0.hasPrefix(" ") ? "---:|" : "---|" }.joined() + "\n" + rows.map(row).joined()
            case .list(let items): text += items.map { "- \(escaped($0))\n" }.joined()
            case .plot(let plot): text += "```\n\(plot.text)\n```\n"
            }
        }
        return text
    }

    package var html: String {
        func escaped(_ text: String) -> String { text.escapedForMarkup }
        /// Commands, which are in back quotes as in Markdown, become `<code>`.
        func marked(_ text: String) -> String { escaped(text).replacing(/`([^`]+)`/) { "<code>\($0.output.1)</code>" } }
        var body = "<h1>\(escaped(title))</h1>\n"
        for block in blocks {
            switch block {
            case .heading(let heading): body += "<h2>\(escaped(heading))</h2>\n"
            case .paragraph(let paragraph): body += "<p>\(marked(paragraph))</p>\n"
            case .table(let header, let rows):
                func row(_ cells: [String], _ element: String) -> String {
                    let cells = zip(cells, header).map { cell, title in
                        "<\(element)\(title.hasPrefix(" ") ? " class=\"number\"" : "")>\(escaped(cell.trimmingPrefix(" ").description))</\(element)>"
                    }
                    return "<tr>\(cells.joined())</tr>\n"
                }
                body += "<table>\n\(row(header, "th"))\(rows.map { row($0, "td") }.joined())</table>\n"
            case .list(let items): body += "<ul>\n\(items.map { "<li>\(marked($0))</li>\n" }.joined())</ul>\n"
            case .plot(let plot): body += plot.svg(escaped: escaped) + "\n"
            }
        }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(escaped(title))</title>
            <style>
            body { font: 15px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1d2330; background: #fff; }
            table { border-collapse: collapse; margin: .5rem 0 1rem; }
            th, td { padding: .2rem .7rem; border-bottom: 1px solid #d9dde5; text-align: left; }
            .number { text-align: right; font-variant-numeric: tabular-nums; }
            svg { width: 100%; height: auto; margin: .5rem 0 1rem; }
            </style>
            </head>
            <body>
            \(body)</body>
            </html>

            """
    }
}
