// SPDX-License-Identifier: Apache-2.0

import APIValues
public import EndpointModel
import SallyportAPI
import SwiftProtobuf

/// Where and when a recording was made: what it begins with.
public struct RecordingHeader: Hashable, Sendable {
    /// How the platform greeted whoever recorded.
    public var greeting: Greeting
    /// When the recording began, nanoseconds since 1970-01-01 UTC.
    public var startedAt: UInt64
    /// The same moment, nanoseconds of CLOCK_BOOTTIME.
    public var startedAtBoot: UInt64
    /// What was watched.
    public var watched: EventFilter

    public init(greeting: Greeting, startedAt: UInt64, startedAtBoot: UInt64, watched: EventFilter = EventFilter()) {
        self.greeting = greeting
        self.startedAt = startedAt
        self.startedAtBoot = startedAtBoot
        self.watched = watched
    }
}

extension RecordingHeader {
    var message: Sallyport_V1_RecordingHeader {
        .with {
            $0.greeting = Sallyport_V1_GreetResponse(greeting)
            $0.startedAt = startedAt
            $0.startedAtBoot = startedAtBoot
            $0.watched = Sallyport_V1_WatchRequest(watched)
        }
    }

    init(_ message: Sallyport_V1_RecordingHeader) throws(ValueError) {
        self.init(
            greeting: try Greeting(message.greeting), startedAt: message.startedAt,
            startedAtBoot: message.startedAtBoot, watched: try EventFilter(message.watched))
    }
}
