import Base
import Foundation
public import MarketData
import StrictJSON

/// A saved question that is asked of each new day.
public struct Alert: Codable, Hashable, Sendable {
    public var name: String
    public var question: String
    /// Location of the store: an absolute path or a URI.
    public var store: String
    /// Model keys; all models of the store if empty.
    public var models: [String]
    /// Most matches listed per day.
    public var k: Int
    /// The last day whose matches were printed and written to the file.
    public var seenThrough: Day
    /// The last day whose matches the webhook has received.
    public var deliveredThrough: Day

    private enum CodingKeys: String, CodingKey {
        case name, question, store, models, k
        case seenThrough = "seen_through"
        case deliveredThrough = "delivered_through"
    }
}

/// A failure to read, change or deliver alerts.
public struct AlertError: TapedeckError {
    public let kind: ErrorKind
    public let message: String
    public let remedy: String

    init(_ kind: ErrorKind, _ message: String, remedy: String = "") {
        self.kind = kind
        self.message = message
        self.remedy = remedy
    }

    public var description: String { remedy.isEmpty ? message : "\(message); \(remedy)" }
}

/// The file of saved questions, with the last day that each was asked of. docs/formats.md describes the format.
///
/// Every change replaces the file atomically. A lock allows one process at a time to change it.
public struct AlertBook: Sendable {
    private struct Contents: Codable {
        var format = AlertBook.format
        var alerts: [Alert] = []
    }

    private static let format = 1

    public let path: String

    public init(path: String) { self.path = path }

    /// `alerts.json` in the user's state folder, `XDG_STATE_HOME/tapedeck`.
    public static func standardPath(environment: [String: String]) -> String { StateFolder(environment: environment).path + "/alerts.json" }

    /// The saved alerts, sorted by name; empty if there is no file.
    /// - Throws: `AlertError` if the file is not a valid alerts file.
    public func alerts() throws -> [Alert] {
        guard FileSystem.isFile(path) else { return [] }
        let bytes = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
        do {
            let contents = try JSONDecoder().decode(Contents.self, from: Data(bytes))
            guard contents.format == Self.format else {
                throw AlertError(
                    .unsupported, "\(path) has format \(contents.format), and this build reads \(Self.format)", remedy: "use a later build")
            }
            return contents.alerts.sorted { $0.name < $1.name }
        } catch let error as DecodingError {
            throw AlertError(
                .damaged, "\(path) is not a valid alerts file: \(ErrorText.describe(error))", remedy: "repair it, or remove it to start again")
        }
    }

    /// Changes the alerts while it holds the lock of the file.
    /// - Throws: `AlertError` if another process holds the lock, and as `alerts()`; errors of `body`.
    func change<Result>(_ body: (inout [Alert], _ save: ([Alert]) throws -> Void) async throws -> Result) async throws -> Result {
        try FileManager.default.createDirectory(atPath: FileSystem.folder(of: path), withIntermediateDirectories: true)
        guard let lock = try FileLock(path + ".lock") else {
            throw AlertError(.busy, "another process is running or changing the alerts in \(path)", remedy: "try again when it has finished")
        }
        var alerts = try alerts()
        let result = try await body(&alerts) { try save($0) }
        withExtendedLifetime(lock) {}
        return result
    }

    private func save(_ alerts: [Alert]) throws {
        let contents = Contents(alerts: alerts.sorted { $0.name < $1.name })
        try FileSystem.write(try JSONText.encode(contents, pretty: true), to: path)
    }

    /// Saves a question to ask of each day after the store's last one, or of each day from `first`.
    /// - Parameters:
    ///   - name: unique; letters, digits, `-`, `_` and `.`.
    ///   - first: the first day to ask about; the first new day if `nil`.
    ///   - k: most matches listed per day.
    /// - Throws: `AlertError` if the name is in use or invalid, or if the question does not ask for rows or sets no condition; as
    ///   `Store.search(_:)`.
    @discardableResult
    public func add(
        _ name: String, _ question: String, store: Store, models: [String] = [], k: Int = 20, from first: Day? = nil
    ) async throws -> Alert {
        guard !name.isEmpty, name.utf8.count <= 100,
            name.unicodeScalars.allSatisfy({
                $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil || "-_.".unicodeScalars.contains($0))
            })
        else { throw AlertError(.invalidInput, "'\(name)' is not a valid alert name", remedy: "use up to 100 letters, digits, '-', '_' and '.'") }
        guard k > 0 else { throw AlertError(.invalidInput, "k must be at least 1, not \(k)") }
        let base = try await store.searchBase()
        let reader = try await base.questionReader()
        let query = reader.read(question).query
        guard [.find, .rank, .alert].contains(query.intent) else {
            throw AlertError(
                .invalidInput, "an alert lists rows, and '\(question)' asks for \(query.intent.rawValue)",
                remedy: "name what rows have to meet, such as \"AAPL puts with unusual activity\"")
        }
        guard query.constraints != .everything else {
            throw AlertError(
                .invalidInput, "'\(question)' sets no condition, so every row matches", remedy: "name a ticker, a kind, a range or a category")
        }
        guard let last = try await base.optionDays().last else { throw AlertError(.notFound, "the store has no option chains") }
        let seen = first?.adding(days: -1) ?? last
        return try await change { alerts, save in
            guard !alerts.contains(where: { $0.name == name }) else {
                throw AlertError(.invalidInput, "there is an alert '\(name)' already", remedy: "take another name, or remove it from \(path)")
            }
            let alert = Alert(
                name: name, question: question, store: store.location.description, models: models, k: k, seenThrough: seen, deliveredThrough: seen)
            alerts.append(alert)
            try save(alerts)
            return alert
        }
    }
}
