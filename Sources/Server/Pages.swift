import Digests
import HTTPTypes
import Hummingbird
import NIOCore

/// The web pages: an HTML shell for each, with scripts and a style sheet. All files are embedded in the program.
struct Pages: Sendable {
    struct File: Sendable {
        let type: String
        let bytes: ByteBuffer
        let etag: String

        init(_ bytes: [UInt8], type: String) {
            self.type = type
            self.bytes = ByteBuffer(bytes: bytes)
            etag = "\"\(Digest.sha256(of: bytes).hexadecimal.prefix(32))\""
        }
    }

    /// Each page's name in its address, its title and its purpose.
    private static let names: [(name: String, title: String, purpose: String)] = [
        ("ask", "Ask", "Ask a question in plain English and see the matching rows."),
        ("outcomes", "Outcomes", "What happened afterwards to the contracts that answer a question."),
        ("evolution", "Evolution", "The share of each year's rows that match a question."),
        ("regimes", "Regimes", "Days on which the state of an underlying changed, and groups of similar days."),
        ("flow", "Flow", "Unusual option trading on a day."),
        ("arbitrage", "Arbitrage", "Packages of options whose worst case is a profit."),
        ("risk", "Risk", "Greeks, exposures and scenarios of positions."),
        ("compare", "Compare", "Each model's answer to a question, and how far the models agree."),
        ("backtests", "Backtests", "Reports of backtests: returns, drawdown, trades, and reasons to doubt them."),
        ("generation", "Generation", "What the store holds, and the progress of its runs."),
    ]

    private let files: [String: File]

    /// Content security policy: only scripts, styles and answers of this server.
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
        + "base-uri 'none'; frame-ancestors 'none'"

    init() {
        var files: [String: File] = [
            "/assets/style.css": File(PackageResources.style_css, type: "text/css; charset=utf-8"),
            "/assets/icon.svg": File(PackageResources.icon_svg, type: "image/svg+xml"),
        ]
        for (name, bytes) in [
            ("shared", PackageResources.shared_js), ("charts", PackageResources.charts_js), ("ask", PackageResources.ask_js),
            ("outcomes", PackageResources.outcomes_js), ("evolution", PackageResources.evolution_js), ("regimes", PackageResources.regimes_js),
            ("flow", PackageResources.flow_js), ("arbitrage", PackageResources.arbitrage_js), ("risk", PackageResources.risk_js),
            ("compare", PackageResources.compare_js), ("backtests", PackageResources.backtests_js), ("generation", PackageResources.generation_js),
        ] {
            files["/assets/\(name).js"] = File(bytes, type: "text/javascript; charset=utf-8")
        }
        for page in Self.names {
            let file = File(Array(Self.shell(page).utf8), type: "text/html; charset=utf-8")
            files["/\(page.name)"] = file
            if page.name == "ask" { files["/"] = file }
        }
        self.files = files
    }

    subscript(path: String) -> File? { files[path] }

    private static func shell(_ page: (name: String, title: String, purpose: String)) -> String {
        let links = names.map { other in
            "<a href=\"/\(other.name == "ask" ? "" : other.name)\"\(other.name == page.name ? " aria-current=\"page\"" : "")>\(other.title)</a>"
        }
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(page.title) · Tapedeck</title>
            <link rel="icon" href="/assets/icon.svg">
            <link rel="stylesheet" href="/assets/style.css">
            <link rel="modulepreload" href="/assets/shared.js">
            <script type="module" src="/assets/\(page.name).js"></script>
            </head>
            <body>
            <a class="skip" href="#main">Skip to the content</a>
            <header>
            <a class="brand" href="/">Tapedeck</a>
            <nav aria-label="Pages">\(links.joined(separator: "\n"))</nav>
            </header>
            <main id="main" tabindex="-1">
            <h1>\(page.title)</h1>
            <p class="purpose">\(page.purpose)</p>
            <noscript><p class="notice">This page needs JavaScript. The API does not: see <a href="/openapi.json">/openapi.json</a>.</p></noscript>
            </main>
            </body>
            </html>

            """
    }
}
