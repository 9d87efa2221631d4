#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
import StrictJSON

/// One project's page of a Python package index (the simple repository API, PEP 503 as HTML and PEP 691 as JSON).
struct PackageIndexPage {
    /// The `Accept` field for both forms.
    static let accept = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"

    /// Addresses of the files by their names.
    let files: [String: String]

    /// - Parameters:
    ///   - answer: the page.
    ///   - address: its address; links on it may be relative to it.
    /// - Throws: `ModelHubError` with code `.badAnswer`.
    init(_ answer: [UInt8], address: String) throws(ModelHubError) {
        let first = answer.first { ![9, 10, 13, 32].contains($0) }
        let links = first == UInt8(ascii: "{") ? try Self.json(answer, address) : Self.anchors(answer)
        var files: [String: String] = [:]
        for link in links {
            guard let base = URL(string: address), var url = URLComponents(string: link) else { continue }
            // The fragment holds a checksum.
            url.fragment = nil
            guard let absolute = url.url(relativeTo: base)?.absoluteURL, ["http", "https"].contains(absolute.scheme) else {
                continue
            }
            files[absolute.lastPathComponent] = absolute.absoluteString
        }
        self.files = files
    }

    private static func json(_ answer: [UInt8], _ address: String) throws(ModelHubError) -> [String] {
        do {
            return try JSONValue(parsing: answer)["files"]?.array?.compactMap { $0["url"]?.string } ?? []
        } catch {
            throw ModelHubError(.badAnswer, Downloader.shown(address), "the index's answer is invalid: \(error)")
        }
    }

    /// The addresses of all links on a page.
    private static func anchors(_ answer: [UInt8]) -> [String] {
        let page = String(decoding: answer, as: UTF8.self)
        var links: [String] = []
        var rest = page[...]
        while let anchor = rest.firstRange(of: "<a ") {
            rest = rest[anchor.upperBound...]
            guard let end = rest.firstIndex(of: ">") else { break }
            let tag = rest[..<end]
            rest = rest[end...]
            guard let name = tag.firstRange(of: "href=") else { continue }
            let value = tag[name.upperBound...]
            guard let quote = value.first, quote == "\"" || quote == "'",
                let close = value.dropFirst().firstIndex(of: quote)
            else { continue }
            links.append(
                value[value.index(after: value.startIndex)..<close].split(separator: "&amp;", omittingEmptySubsequences: false)
                    .joined(separator: "&"))
        }
        return links
    }
}
