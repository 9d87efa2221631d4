import CExpat
import Foundation

/// An XML response of S3: elements with text, limited in number and depth.
package struct S3Document: Sendable, Hashable {
    package let name: String
    package private(set) var text = ""
    package private(set) var children: [S3Document] = []

    /// The first child of that name.
    package subscript(_ name: String) -> S3Document? { children.first { $0.name == name } }

    /// All children of that name.
    package func all(_ name: String) -> [S3Document] { children.filter { $0.name == name } }

    private init(name: String) { self.name = name }

    /// Parses a document; `nil` when it is malformed, has a document type, or is deeper or larger than any that S3 sends.
    package init?(_ bytes: [UInt8]) {
        guard let count = Int32(exactly: bytes.count), let parser = XML_ParserCreate(nil) else { return nil }
        defer { XML_ParserFree(parser) }
        let builder = Builder(parser: parser)
        let root = withExtendedLifetime(builder) { () -> S3Document? in
            XML_SetUserData(parser, Unmanaged.passUnretained(builder).toOpaque())
            XML_SetElementHandler(
                parser,
                { data, name, _ in
                    guard let name else { return }
                    Builder.from(data)?.open(String(cString: name))
                }, { data, _ in Builder.from(data)?.close() })
            XML_SetCharacterDataHandler(parser) { data, text, count in
                guard let text else { return }
                Builder.from(data)?.add(UnsafeRawBufferPointer(start: text, count: Int(count)))
            }
            // S3 sends no document types, and the entities they declare can expand without limit.
            XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in Builder.from(data)?.refuse() }
            let status = bytes.withUnsafeBytes { memory in
                XML_Parse(parser, memory.baseAddress?.assumingMemoryBound(to: CChar.self), count, 1)
            }
            return status == XML_STATUS_OK ? builder.root : nil
        }
        guard let root else { return nil }
        self = root
    }

    /// Builds the document from expat's callbacks.
    private final class Builder {
        private static let depthLimit = 8
        /// A listing page has 1,000 objects of about ten elements each.
        private static let elementLimit = 100_000

        private let parser: XML_Parser
        private var elements: [S3Document] = []
        // UTF-8 of each open element's text, which arrives in pieces.
        private var texts: [[UInt8]] = []
        private var count = 0
        private(set) var root: S3Document?

        init(parser: XML_Parser) { self.parser = parser }

        static func from(_ data: UnsafeMutableRawPointer?) -> Builder? {
            data.map { Unmanaged<Builder>.fromOpaque($0).takeUnretainedValue() }
        }

        /// Makes `XML_Parse` return an error.
        func refuse() { XML_StopParser(parser, 0) }

        func open(_ name: String) {
            count += 1
            guard elements.count < Self.depthLimit, count <= Self.elementLimit else { return refuse() }
            elements.append(S3Document(name: name.split(separator: ":").last.map(String.init) ?? name))
            texts.append([])
        }

        func add(_ text: UnsafeRawBufferPointer) {
            guard !texts.isEmpty else { return }
            texts[texts.count - 1] += text
        }

        func close() {
            // expat still reports the end of an empty element after `refuse`.
            guard var element = elements.popLast(), let text = texts.popLast() else { return }
            element.text = String(decoding: text, as: UTF8.self)
            if elements.isEmpty { root = element } else { elements[elements.count - 1].children.append(element) }
        }
    }
}

extension String {
    /// The text with XML special characters escaped.
    var escapedForXML: String {
        replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
    }
}
