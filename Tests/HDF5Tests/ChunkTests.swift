import HDF5
import Testing
import TestSupport

@Suite struct ChunkTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func chunksAreDecodedFromTheirPlacesInTheFile() throws {
        var random = SplitMix(printing: "chunksAreDecodedFromTheirPlacesInTheFile")
        for count in [1, 99, 100, 101, 1234] {
            try check((0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }, "bytes-\(count)")
            try check((0..<count).map { _ in Int32(truncatingIfNeeded: random.next() % 1000) }, "words-\(count)")
            try check((0..<count).map { _ in random.next() }, "long-\(count)")
        }
    }

    private func check<Element: HDF5Element & Equatable>(_ values: [Element], _ name: String) throws {
        let path = folder.file(name + ".h5")
        let file = try HDF5File(creating: path)
        try file.root.store(try HDF5Chunks(values, storage: HDF5Storage(chunkRows: 100, deflateLevel: 1)), as: "values")
        try file.close()
        let set = try HDF5File(reading: path).root.dataset("values")
        #expect(try set.chunkRows() == 100)
        let places = try set.chunkPlaces(chunkRows: 100)
        #expect(places.count == (values.count + 99) / 100)
        let bytes = try folder.bytes(name + ".h5")
        var decoded: [Element] = []
        for place in places {
            let stored = Array(bytes[place.offset..<place.offset + place.byteCount])
            decoded += try #require(HDF5Chunks.decoded(stored, rows: min(100, values.count - decoded.count), chunkRows: 100))
            #expect(HDF5Chunks.decoded(Array(stored.dropLast()), rows: 1, chunkRows: 100, as: Element.self) == nil)
        }
        #expect(decoded == values)
    }

    @Test func placesThatNoChunkCanHaveAreRefused() {
        #expect(HDF5ChunkPlace(offset: 8, byteCount: 100, rawCount: 100) != nil)
        #expect(HDF5ChunkPlace(offset: .max, byteCount: 100, rawCount: 100) == nil)
        #expect(HDF5ChunkPlace(offset: 8, byteCount: 1 << 40, rawCount: 100) == nil)
    }
}
