import Foundation
import Testing
import TestSupport
import VectorIndex

/// Inconsistent files, each made from a valid index by changing one value.
@Suite struct FaissFileTests {
    let folder: TemporaryFolder
    let flat: [UInt8]
    let lists: [UInt8]

    // Where things are in the files of `init`: 5 dimensions, 40 vectors, 4 lists. A code of 4 bytes, then a header of 33
    // (dimensions 4, count 8, two unused of 8, trained 1, metric 4).
    enum Flat {
        static let dimensions = 4
        static let count = 8
        static let trained = 32
        static let metric = 33
        static let inner = 37
        static let innerDimensions = 41
        static let numbers = 74
        static let idCount = 82 + 40 * 5 * 4
    }
    enum Lists {
        static let listCount = 37
        static let centroidKind = 53
        static let centroidCount = 61
        static let centroidNumbers = 90
        static let mapKind = 98 + 4 * 5 * 4
        static let mapSize = mapKind + 1
        static let quantiser = mapSize + 8
        static let quantiserDimensions = quantiser + 12
        static let ranges = quantiser + 28
        static let codeSize = ranges + 8 + 2 * 5 * 4
        static let kind = codeSize + 9
        static let form = kind + 20
        static let sizes = form + 12
    }

    init() throws {
        folder = try TemporaryFolder()
        let sample = Sample(count: 40, dimensions: 5)
        try IndexBuilder.build(vectors: sample.vectors, ids: sample.ids, dimensions: 5, to: folder.file("flat"))
        try IndexBuilder.build(
            vectors: sample.vectors, ids: sample.ids, dimensions: 5, kind: .lists(count: 4), to: folder.file("lists"))
        flat = try folder.bytes("flat")
        lists = try folder.bytes("lists")
    }

    func error(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) -> IndexError? {
        do {
            _ = try bytes.withUnsafeBytes { try FaissFile($0, file: "index.faiss") }
            Issue.record("accepted", sourceLocation: sourceLocation)
            return nil
        } catch {
            return error as? IndexError
        }
    }

    /// The file with other bytes at a place.
    func lie(_ bytes: [UInt8], _ place: Int, _ value: UInt64, size: Int = 8) -> [UInt8] {
        var bytes = bytes
        for byte in 0..<size { bytes[place + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte)) }
        return bytes
    }

    func lie(_ bytes: [UInt8], _ place: Int, code: String) -> [UInt8] {
        var bytes = bytes
        bytes.replaceSubrange(place..<place + 4, with: Array(code.utf8))
        return bytes
    }

    @Test func writtenValuesAreRead() throws {
        _ = try flat.withUnsafeBytes { try FaissFile($0, file: "") }
        let file = try lists.withUnsafeBytes { try FaissFile($0, file: "") }
        guard case .lists(let content) = file.content else {
            Issue.record("no lists")
            return
        }
        #expect(content.lists.reduce(0) { $0 + $1.count } == 40)
        #expect(content.quantiser?.isResidual == true)
    }

    @Test func everyTruncationIsDetected() {
        for bytes in [flat, lists] {
            for length in 0..<bytes.count {
                let found = error(Array(bytes[..<length]))
                #expect(found?.code == .damaged || length < 4)
            }
        }
        #expect(error(flat + [0])?.message.contains("1 bytes follow") == true)
    }

    @Test func otherKindsAreRefusedByName() {
        #expect(error(lie(flat, 0, code: "IHNs"))?.message.contains("'IHNs'") == true)
        #expect(error(lie(flat, 0, code: "IHNs"))?.code == .unsupported)
        #expect(error(lie(flat, 0, code: "IxF2"))?.message.contains("Euclidean") == true)
        #expect(error(lie(flat, Flat.inner, code: "IwSq"))?.message.contains("'IwSq'") == true)
        #expect(error(lie(flat, Flat.metric, 1, size: 4))?.message.contains("Euclidean") == true)
        #expect(error(lie(flat, Flat.metric, 7, size: 4))?.message.contains("metric 7") == true)
        #expect(error(lie(flat, Flat.trained, 0, size: 1))?.message.contains("not trained") == true)
        #expect(error(lie(lists, Lists.centroidKind, code: "IHNf"))?.message.contains("'IHNf'") == true)
        #expect(error(lie(lists, Lists.kind, code: "ilod"))?.message.contains("'ilod'") == true)
        #expect(error(lie(lists, Lists.form, code: "what"))?.message.contains("'what'") == true)
        #expect(error(lie(lists, Lists.quantiser, 4, size: 4))?.message.contains("kind 4") == true)
        #expect(error(Array("hello world".utf8))?.code == .unsupported)
        #expect(error(Array("\u{1}\u{2}\u{3}\u{4}".utf8))?.message.contains("no FAISS index") == true)
    }

    @Test func sizesThatLieAreNoticed() {
        for value: UInt64 in [0, 39, 41, 1 << 40, 1 << 62, .max] {
            #expect(error(lie(flat, Flat.count, value))?.code == .damaged, "count \(value)")
            #expect(error(lie(flat, Flat.numbers, value))?.code == .damaged, "numbers \(value)")
            #expect(error(lie(flat, Flat.idCount, value))?.code == .damaged, "ids \(value)")
            #expect(error(lie(lists, Flat.count, value))?.code == .damaged, "count \(value)")
            #expect(error(lie(lists, Lists.listCount, value))?.code == .damaged, "lists \(value)")
            #expect(error(lie(lists, Lists.centroidCount, value))?.code == .damaged, "centroids \(value)")
            #expect(error(lie(lists, Lists.centroidNumbers, value))?.code == .damaged, "centroids \(value)")
            #expect(error(lie(lists, Lists.quantiserDimensions, value))?.code == .damaged, "quantiser \(value)")
            #expect(error(lie(lists, Lists.ranges, value))?.code == .damaged, "ranges \(value)")
            #expect(error(lie(lists, Lists.codeSize, value))?.code == .damaged, "code size \(value)")
            #expect(error(lie(lists, Lists.sizes, value))?.code == .damaged, "list \(value)")
        }
        for value: UInt64 in [0, 4, 6, 70_000, 0xFFFF_FFFF] {
            #expect(error(lie(flat, Flat.dimensions, value, size: 4))?.code == .damaged, "dimensions \(value)")
            #expect(error(lie(flat, Flat.innerDimensions, value, size: 4))?.code == .damaged, "dimensions \(value)")
            #expect(error(lie(lists, Flat.dimensions, value, size: 4))?.code == .damaged, "dimensions \(value)")
        }
        #expect(error(lie(lists, Lists.mapKind, 9, size: 1))?.code == .damaged)
        #expect(error(lie(lists, Lists.mapSize, .max))?.code == .damaged)
        #expect(error(lie(lists, Lists.ranges + 8, 0x7F80_0000, size: 4))?.message.contains("not finite") == true)
    }

    /// For any bytes, an accepted file can be searched without reads outside the file.
    @Test func randomChangesDoNoHarm() throws {
        var random = SplitMix(state: 23)
        var accepted = 0
        for round in 0..<6_000 {
            var bytes = round % 2 == 0 ? flat : lists
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                // Most of the structure is at the front.
                let place = Int.random(in: 0..<(Bool.random(using: &random) ? 300 : bytes.count), using: &random)
                bytes[place] = [0, 1, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &random)].randomElement(using: &random) ?? 0
            }
            guard (try? bytes.withUnsafeBytes({ try FaissFile($0, file: "") })) != nil else { continue }
            accepted += 1
            if accepted % 10 == 0 {
                try folder.write(bytes, to: "changed")
                let hits = try OpenIndex(path: folder.file("changed")).search([1, 0, 0, 0, 0], k: 50)[0]
                #expect(hits.count <= 40)
            }
        }
        #expect(accepted > 500)
    }
}
