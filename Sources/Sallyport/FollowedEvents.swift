// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// What happens on the machine, across restarts of the platform: see `SallyportClient.followEvents`.
///
/// Ends with an error only for what trying again doesn't mend: `cancelled`, or a refusal.
public struct FollowedEvents: AsyncSequence, Sendable {
    public typealias Element = StreamElement
    public typealias Failure = SallyportError

    /// The pause before the platform is tried again: doubled each time, up to the last one.
    static let firstPause = Duration.milliseconds(100)
    static let lastPause = Duration.seconds(5)

    private let client: SallyportClient
    private let filter: EventFilter

    init(client: SallyportClient, filter: EventFilter) {
        self.client = client
        self.filter = filter
    }

    public func makeAsyncIterator() -> Iterator { Iterator(client: client, filter: filter) }

    public struct Iterator: AsyncIteratorProtocol {
        private let client: SallyportClient
        private let filter: EventFilter
        private var stream: EventStream.Iterator?
        private var hasBroken = false

        init(client: SallyportClient, filter: EventFilter) {
            self.client = client
            self.filter = filter
        }

        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(SallyportError) -> StreamElement? {
            while true {
                do {
                    if stream != nil { return try await stream?.next(isolation: actor) }
                    stream = try await Self.subscribed(client, filter)
                    if hasBroken {
                        hasBroken = false
                        return .gap(Gap(place: .connection))
                    }
                } catch {
                    guard error.isPassing else { throw error }
                    stream = nil
                    hasBroken = true
                }
            }
        }

        /// Subscribes as soon as the platform lets it.
        private static func subscribed(
            _ client: SallyportClient, _ filter: EventFilter
        ) async throws(SallyportError) -> sending EventStream.Iterator {
            var pause = FollowedEvents.firstPause
            while true {
                do {
                    return try await client.events(filter).makeAsyncIterator()
                } catch {
                    guard error.isPassing else { throw error }
                }
                guard (try? await Task.sleep(for: pause)) != nil else {
                    throw SallyportError(.cancelled, "the call was cancelled")
                }
                pause = Swift.min(pause * 2, FollowedEvents.lastPause)
            }
        }
    }
}

extension SallyportError {
    /// Whether the same may succeed a moment later: the platform is stopping, or not there yet.
    var isPassing: Bool { code == .unreachable }
}
