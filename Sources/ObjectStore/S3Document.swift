internal import Foundation

#if canImport(FoundationXML)
    internal import FoundationXML
#endif

/// An XML answer of S3: elements with text, of bounded number and depth.
package struct S3Document: Sendable, Hashable {
    package let name: String
    package fileprivate(set) var text = ""
    package fileprivate(set) var children: [S3Document] = []

    /// The first child of that name.
    package subscript(_ name: String) -> S3Document? { children.first { $0.name == name } }

    /// All children of that name.
    package func all(_ name: String) -> [S3Document] { children.filter { $0.name == name } }

    private static let depthLimit = 8
    /// A page of a listing has 1,000 objects of some ten elements.
    private static let elementLimit = 100_000

    fileprivate init(name: String) { self.name = name }

    /// Reads a document; `nil` when it is none, or none that S3 would send.
    package init?(_ bytes: [UInt8]) {
        // S3 has no document types: they are good for entities that grow without bound.
        guard !bytes.isEmpty, String(decoding: bytes, as: UTF8.self).range(of: "<!DOCTYPE") == nil else { return nil }
        let builder = Builder()
        let parser = XMLParser(data: Data(bytes))
        parser.delegate = builder
        guard parser.parse(), let root = builder.root else { return nil }
        self = root
    }

    private final class Builder: NSObject, XMLParserDelegate {
        var root: S3Document?
        private var open: [S3Document] = []
        private var count = 0

        func parser(
            _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?, qualifiedName qName: String?,
            attributes attributeDict: [String: String]
        ) {
            count += 1
            guard open.count < S3Document.depthLimit, count <= S3Document.elementLimit else { return parser.abortParsing() }
            open.append(S3Document(name: elementName))
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) {
            guard !open.isEmpty else { return }
            open[open.count - 1].text += string
        }

        func parser(
            _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName qName: String?
        ) {
            guard let element = open.popLast() else { return }
            if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
        }
    }
}

extension String {
    /// As the text of an XML element.
    var escapedForXML: String {
        replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
    }
}
