import StrictJSON

/// A format of files of vectors.
package enum VectorFormat: String, CaseIterable, Sendable {
    /// A NumPy array of 32-bit floats, n x d (format 1.0 of numpy.lib.format).
    case npy
    /// One object per line: `{"text": …, "vector": […]}`, with enough digits to restore the same 32-bit floats.
    case json
    /// A tensor `embeddings` of 32-bit floats, n x d (https://github.com/huggingface/safetensors).
    case safetensors

    /// The format that the extension of a file's name stands for; `nil` for other extensions.
    package init?(fileName: String) {
        switch fileName.split(separator: ".").last {
        case "npy": self = .npy
        case "json", "jsonl": self = .json
        case "safetensors": self = .safetensors
        default: return nil
        }
    }

    /// The bytes before `rows` x `columns` floats. Their number does not depend on `rows`, so that the header can be rewritten
    /// when the number of rows is known.
    func header(rows: Int, columns: Int, metadata: [String: String]) throws -> [UInt8] {
        switch self {
        case .json: return []
        case .npy:
            let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
            // The whole is a multiple of 64 bytes: magic, version, length, text.
            let padding = String(repeating: " ", count: 117 - text.utf8.count) + "\n"
            return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array((text + padding).utf8)
        case .safetensors:
            let notes = String(decoding: try JSONText.encode(metadata), as: UTF8.self)
            func text(_ rows: Int) -> String {
                #"{"__metadata__":\#(notes),"embeddings":{"dtype":"F32","shape":[\#(rows),\#(columns)],"#
                    + #""data_offsets":[0,\#(4 * rows * columns)]}}"#
            }
            let longest = text(Int.max / 4 / max(columns, 1)).utf8.count
            let length = (longest + 7) / 8 * 8
            let text = text(rows)
            return withUnsafeBytes(of: UInt64(length).littleEndian) { Array($0) } + Array(text.utf8)
                + [UInt8](repeating: UInt8(ascii: " "), count: length - text.utf8.count)
        }
    }
}
