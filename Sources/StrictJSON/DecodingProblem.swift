extension DecodingError {
    /// The mismatch and its key, as a sentence for people.
    package var sentence: String {
        switch self {
        case .typeMismatch(let type, let context): Self.sentence(context, "must be \(Self.words(type))")
        case .valueNotFound(let type, let context): Self.sentence(context, "is null and must be \(Self.words(type))")
        case .keyNotFound(let key, let context): Self.sentence(context, "lacks the key '\(key.stringValue)'")
        case .dataCorrupted(let context) where context.codingPath.isEmpty: "it is not valid JSON"
        case .dataCorrupted(let context): Self.sentence(context, "is not as expected")
        @unknown default: "it is not as expected"
        }
    }

    private static func sentence(_ context: Context, _ problem: String) -> String {
        let path = context.codingPath.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }.joined()
        if path.isEmpty { return "it \(problem)" }
        return "\(path.hasPrefix(".") ? String(path.dropFirst()) : path) \(problem)"
    }

    private static func words(_ type: Any.Type) -> String {
        switch type {
        case is String.Type: "a text"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "a whole number"
        case is any FloatingPoint.Type: "a number"
        case is any Collection.Type: type is any ExpressibleByDictionaryLiteral.Type ? "an object" : "a list"
        default: "an object"
        }
    }
}

/// A JSON reader's error as a sentence for people.
package func jsonProblem(_ error: any Error) -> String { (error as? DecodingError)?.sentence ?? "\(error)" }
