import Foundation
import Portfolio
import Testing

struct Golden {
    struct Missing: Error {}

    static func data(_ name: String) throws -> Data {
        guard let url = Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Golden") else { throw Missing() }
        return try Data(contentsOf: url)
    }
}

@Suite("CPython's random numbers")
struct PythonRandomTests {
    private struct Case: Decodable {
        let seed, population, count, sum: Int
        let first, second: [Int]
        let then: Double
    }

    /// Draws that Python made: scripts/golden/python_random.py.
    @Test func samplesAreThoseOfPython() throws {
        for one in try JSONDecoder().decode([Case].self, from: Golden.data("python_random")) {
            var random = PythonRandom(seed: one.seed)
            let population = Array(0..<one.population)
            let first = random.sample(population, one.count), second = random.sample(population, one.count)
            #expect(Array(first.prefix(40)) == one.first, "seed \(one.seed), \(one.count) of \(one.population)")
            #expect(Array(second.suffix(40)) == one.second)
            #expect((first + second).enumerated().reduce(0) { $0 + $1.offset * $1.element } == one.sum)
            #expect(random.nextDouble() == one.then)
        }
    }

    @Test func moreThanThereIsTakesAll() {
        var random = PythonRandom(seed: 1)
        #expect(random.sample([1, 2, 3], 5).sorted() == [1, 2, 3])
        #expect(random.sample([Int](), 5).isEmpty)
    }
}
