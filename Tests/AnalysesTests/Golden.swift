import Foundation
import Testing

/// The cases of a file that a script in scripts/golden made.
func golden<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    let path = try #require(Bundle.module.path(forResource: "Golden/\(name)", ofType: "json"))
    return try JSONDecoder().decode(Value.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
}
