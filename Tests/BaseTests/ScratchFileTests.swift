import Foundation
import Base
import Testing

@Suite struct ScratchFileTests {
    @Test func numbersComeBackFromWhereTheyWere() throws {
        let file = try ScratchFile()
        let floats = (0..<1_000).map { Float($0) / 3 }
        let first = try file.append(floats)
        let second = try file.append([] as [UInt8])
        let third = try file.append((0..<77).map { UInt64($0) << 40 })
        #expect(file.size == 4_000 + 77 * 8)
        #expect(try file.read(first) == floats)
        #expect(try file.read(first, 10..<20) == Array(floats[10..<20]))
        #expect(try file.read(second, as: UInt8.self).isEmpty)
        #expect(try file.read(third, 76..<77) == [76 << 40] as [UInt64])
    }

    /// Threads append at the same time; each finds its own.
    @Test func severalMayWriteAtOnce() async throws {
        let file = try ScratchFile()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    let values = [UInt32](repeating: UInt32(number), count: 1_000 + number)
                    let place = try file.append(values)
                    #expect(try file.read(place) == values)
                }
            }
            try await group.waitForAll()
        }
    }
}
