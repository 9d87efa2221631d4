package import Foundation

/// A line of the event log: an event, its time and its run.
package struct EventRecord: Codable, Hashable, Sendable {
    package var time: Date
    package var identity: RunIdentity
    package var event: RunEvent

    private enum CodingKeys: String, CodingKey { case time, event }

    package init(time: Date, identity: RunIdentity, event: RunEvent) {
        self.time = time
        self.identity = identity
        self.event = event
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        time = try container.decode(Date.self, forKey: .time)
        event = try container.decode(RunEvent.self, forKey: .event)
        identity = try RunIdentity(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        try identity.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(time, forKey: .time)
        try container.encode(event, forKey: .event)
    }
}
