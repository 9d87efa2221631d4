internal import CXML
internal import Foundation

/// An XML answer of S3: elements with text, of bounded number and depth.
package struct S3Document: Sendable, Hashable {
    package let name: String
    package private(set) var text = ""
    package private(set) var children: [S3Document] = []

    /// The first child of that name.
    package subscript(_ name: String) -> S3Document? { children.first { $0.name == name } }

    /// All children of that name.
    package func all(_ name: String) -> [S3Document] { children.filter { $0.name == name } }

    private static let depthLimit = 8
    /// A page of a listing has 1,000 objects of some ten elements.
    private static let elementLimit = 100_000

    private init(name: String) { self.name = name }

    /// Reads a document; `nil` when it is none, or none that S3 would send.
    package init?(_ bytes: [UInt8]) {
        // Errors are the caller's to tell, and nothing outside the document is fetched.
        let options = Int32(
            XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue | XML_PARSE_NOCDATA.rawValue)
        let root = bytes.withUnsafeBytes { memory -> S3Document? in
            guard let count = Int32(exactly: memory.count), count > 0,
                let reader = xmlReaderForMemory(memory.baseAddress, count, nil, nil, options)
            else { return nil }
            defer { xmlFreeTextReader(reader) }
            return Self.root(reader)
        }
        guard let root else { return nil }
        self = root
    }

    private static func root(_ reader: xmlTextReaderPtr) -> S3Document? {
        var root: S3Document?
        var open: [S3Document] = []
        var count = 0
        func close() {
            guard let element = open.popLast() else { return }
            if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
        }
        while true {
            let state = xmlTextReaderRead(reader)
            guard state == 1 else { return state == 0 ? root : nil }
            switch UInt32(xmlTextReaderNodeType(reader)) {
            case XML_READER_TYPE_ELEMENT.rawValue:
                count += 1
                guard open.count < depthLimit, count <= elementLimit, let name = xmlTextReaderConstLocalName(reader) else { return nil }
                open.append(S3Document(name: String(cString: name)))
                if xmlTextReaderIsEmptyElement(reader) == 1 { close() }
            case XML_READER_TYPE_END_ELEMENT.rawValue: close()
            case XML_READER_TYPE_TEXT.rawValue, XML_READER_TYPE_CDATA.rawValue, XML_READER_TYPE_SIGNIFICANT_WHITESPACE.rawValue:
                guard !open.isEmpty, let text = xmlTextReaderConstValue(reader) else { continue }
                open[open.count - 1].text += String(cString: text)
            // S3 has no document types: they are good for entities that grow without bound.
            case XML_READER_TYPE_DOCUMENT_TYPE.rawValue, XML_READER_TYPE_ENTITY_REFERENCE.rawValue: return nil
            default: continue
            }
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
