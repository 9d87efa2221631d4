import Base
import StrictJSON

/// Header of a safetensors file: its length as eight little-endian bytes, that many bytes of JSON, then the tensors.
///
/// Enforces the rules of the format's own reader (https://github.com/huggingface/safetensors): tensors fill the rest of the
/// file without gaps or overlaps, and each has exactly the bytes that its shape and type need. If a file passes, later reads
/// cannot go outside it.
struct SafetensorsHeader {
    /// Limit set by the format.
    static let maximumByteCount = 100_000_000

    private(set) var tensors: [String: TensorInfo] = [:]
    /// The optional `__metadata__` member.
    private(set) var metadata: [String: String] = [:]

    init(file: MemoryMap) throws(ModelFileError) {
        func malformed(_ reason: String) -> ModelFileError { ModelFileError(.malformed, file.path, reason) }
        let bytes = file.bytes
        guard bytes.count >= 8 else {
            throw malformed("\(bytes.count) bytes are too short for a safetensors file; fetch it again")
        }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(Self.maximumByteCount) else {
            throw malformed("not a safetensors file: its header would be \(length) bytes long")
        }
        guard length <= UInt64(bytes.count - 8) else {
            throw malformed("truncated inside its header (\(bytes.count) of at least \(length + 8) bytes); fetch it again")
        }
        let dataStart = 8 + Int(length)
        guard length > 0, bytes[8] == UInt8(ascii: "{") else {
            throw malformed("not a safetensors file: its header does not begin with '{'")
        }
        do {
            var reader = try JSONReader(Array(bytes[8..<dataStart]))
            try read(&reader, dataStart: dataStart)
            try reader.end()
        } catch let error as JSONError {
            throw malformed("bad safetensors header: \(error)")
        } catch let reason as Flaw {
            throw malformed("bad safetensors header: \(reason.text)")
        } catch {
            throw malformed("bad safetensors header: \(error)")
        }
        try checkLayout(of: file, dataStart: dataStart)
    }

    private struct Flaw: Error {
        let text: String
    }

    private mutating func read(_ reader: inout JSONReader, dataStart: Int) throws {
        var hasMetadata = false
        try reader.beginObject()
        while let name = try reader.nextName() {
            if name == "__metadata__" {
                guard !hasMetadata else { throw Flaw(text: "two members named __metadata__") }
                hasMetadata = true
                try reader.beginObject()
                while let key = try reader.nextName() { metadata[key] = try reader.string() }
            } else {
                let info = try Self.tensor(named: name, &reader, dataStart: dataStart)
                guard tensors.updateValue(info, forKey: name) == nil else {
                    throw Flaw(text: "two tensors named \(name)")
                }
            }
        }
    }

    private static func tensor(named name: String, _ reader: inout JSONReader, dataStart: Int) throws -> TensorInfo {
        var typeName: String?
        var shape: [Int]?
        var offsets: [Int]?
        func integers(_ reader: inout JSONReader) throws -> [Int] {
            var values: [Int] = []
            try reader.beginArray()
            while try reader.nextElement() {
                let value = try reader.integer()
                guard value >= 0 else { throw Flaw(text: "\(name) has a negative extent or offset, \(value)") }
                values.append(value)
            }
            return values
        }
        try reader.beginObject()
        while let member = try reader.nextName() {
            switch member {
            case "dtype" where typeName == nil: typeName = try reader.string()
            case "shape" where shape == nil: shape = try integers(&reader)
            case "data_offsets" where offsets == nil: offsets = try integers(&reader)
            default: throw Flaw(text: "\(name) has a second or unknown member named \(member)")
            }
        }
        guard let typeName, let shape, let offsets, offsets.count == 2 else {
            throw Flaw(text: "\(name) lacks its dtype, its shape or its two data_offsets")
        }
        guard let type = TensorInfo.ElementType(rawValue: typeName) else {
            throw Flaw(text: "\(name) has the unknown element type \(typeName)")
        }
        var byteCount = type.byteCount
        for extent in shape {
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: extent)
            guard !overflow else { throw Flaw(text: "\(name) has a shape beyond all bounds, \(shape)") }
            byteCount = product
        }
        let (end, overflow) = offsets[1].addingReportingOverflow(dataStart)
        guard offsets[0] <= offsets[1], !overflow else { throw Flaw(text: "\(name) has impossible data_offsets") }
        guard offsets[1] - offsets[0] == byteCount else {
            throw Flaw(
                text: "\(name), \(typeName) \(shape), needs \(byteCount) bytes and has \(offsets[1] - offsets[0])")
        }
        return TensorInfo(elementType: type, shape: shape, byteRange: offsets[0] + dataStart..<end)
    }

    /// Checks that the tensors fill the rest of the file without gaps or overlaps.
    private func checkLayout(of file: MemoryMap, dataStart: Int) throws(ModelFileError) {
        var end = dataStart
        let inOrder = tensors.sorted {
            ($0.value.byteRange.lowerBound, $0.value.byteRange.upperBound)
                < ($1.value.byteRange.lowerBound, $1.value.byteRange.upperBound)
        }
        for (name, info) in inOrder {
            guard info.byteRange.lowerBound == end else {
                let fault = info.byteRange.lowerBound < end ? "overlaps" : "leaves a hole after"
                throw ModelFileError(
                    .malformed, file.path, "bad safetensors header: \(name) \(fault) the tensor before it")
            }
            end = info.byteRange.upperBound
        }
        guard end == file.bytes.count else {
            let fault = end > file.bytes.count ? "truncated" : "followed by bytes that belong to no tensor"
            throw ModelFileError(
                .malformed, file.path, "\(fault): \(file.bytes.count) bytes, where its header describes \(end); fetch it again")
        }
    }
}
