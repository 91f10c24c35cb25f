// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Sallyport
import Synchronization

/// A subscriber beside the lab's own: what it was sent up to a marker.
final class Listener: Sendable {
    private let client: SallyportClient
    private let received: Received
    private let reading: Task<Void, Never>

    /// Apart, so that reading doesn't keep the listener.
    private final class Received: Sendable {
        let elements = Mutex<[StreamElement]>([])
    }

    /// Subscribes and reads.
    static func start(_ lab: Lab, _ filter: EventFilter) async throws -> Listener {
        let client = try lab.client
        let stream = try await client.events(filter)
        return Listener(client, stream)
    }

    private init(_ client: SallyportClient, _ stream: EventStream) {
        self.client = client
        let received = Received()
        self.received = received
        reading = Task {
            do {
                for try await batch in stream.batches { received.elements.withLock { $0 += batch } }
            } catch {}
        }
    }

    deinit { reading.cancel() }

    func stop() { reading.cancel() }

    /// Asks for a marker and waits for it: what was sent before it.
    func upToNow(within seconds: Int = 20) async throws -> [StreamElement] {
        let marker = try await self.marker(within: seconds)
        for _ in 0..<seconds * 50 {
            let found = received.elements.withLock { elements in
                elements.lastIndex(of: .sync(marker)).map { Array(elements[..<$0]) }
            }
            if let found { return found }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Failure("marker \(marker) didn't come within \(seconds) s")
    }

    /// Puts a marker into the client's streams; again while one of them is full, of what happened in an earlier scenario.
    private func marker(within seconds: Int) async throws -> UInt64 {
        for _ in 0..<seconds * 50 {
            if let marker = try? await client.sync() { return marker }
            try await Task.sleep(for: .milliseconds(20))
        }
        return try await client.sync()
    }

    /// The first events, at least so many of them unless none come for too long.
    func first(_ count: Int, within seconds: Int = 20) async throws -> [Event] {
        var events: [Event] = []
        for _ in 0..<seconds * 50 where events.count < count {
            try await Task.sleep(for: .milliseconds(20))
            events = received.elements.withLock { elements in
                elements.prefix(2 * count).compactMap { if case .event(let event) = $0 { event } else { nil } }
            }
        }
        return events
    }

    /// The events up to now; there must be no gap, and no number missing.
    func events() async throws -> [Event] {
        let elements = try await upToNow()
        var events: [Event] = []
        for element in elements {
            switch element {
            case .event(let event): events.append(event)
            case .gap(let gap): throw Failure("a gap: \(gap)")
            case .sync, .process: break
            }
        }
        let numbers = events.map(\.sequence).sorted()
        for (place, number) in numbers.enumerated() {
            try expect(number, UInt64(place) + 1, "the sequence number of one of \(numbers.count) events")
        }
        return events
    }
}

extension Event {
    /// The path of the file acted on.
    var path: String? {
        if case .file(let file, _) = object { file.path.text } else { nil }
    }
}
