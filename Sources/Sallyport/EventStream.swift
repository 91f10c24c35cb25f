// SPDX-License-Identifier: Apache-2.0

import APIValues
public import EndpointModel
import GRPCCore
import SallyportAPI
import Synchronization

/// What happens on the machine, element by element; `batches` gives the same in the arrays that they came in.
///
/// Losses are elements as well: a `gap` says what is missing. An event that a later platform sends and this library can't
/// express is a gap, too. The stream can be iterated once. It ends only with an
/// error: `unreachable` when the platform stops (reason `stopping`) or breaks off, `cancelled` when the task is.
///
/// ## Backpressure
/// Who doesn't iterate is not read from. The platform then queues what it may for this subscriber, and after that
/// counts: the next element is a gap.
public struct EventStream: AsyncSequence, Sendable {
    public typealias Element = StreamElement
    public typealias Failure = SallyportError

    /// The elements in the arrays that they came in; never an empty one. Twice as fast where single elements don't matter.
    public let batches: EventBatches

    init(call: WatchCall, messages: WatchCall.Messages, socketPath: String) {
        batches = EventBatches(call: call, messages: messages, socketPath: socketPath)
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(batches: batches.makeAsyncIterator())
    }

    public struct Iterator: AsyncIteratorProtocol {
        var batches: EventBatches.Iterator
        private var batch: [StreamElement] = []
        private var position = 0

        init(batches: EventBatches.Iterator) {
            self.batches = batches
        }

        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(SallyportError) -> StreamElement? {
            while position == batch.count {
                guard let next = try await batches.next(isolation: actor) else { return nil }
                batch = next
                position = 0
            }
            defer { position += 1 }
            return batch[position]
        }
    }
}

/// What happens on the machine, in the arrays that it came in.
public struct EventBatches: AsyncSequence, Sendable {
    public typealias Element = [StreamElement]
    public typealias Failure = SallyportError

    private let call: WatchCall
    private let messages: WatchCall.Messages
    private let socketPath: String
    private let taken = Taken()

    init(call: WatchCall, messages: WatchCall.Messages, socketPath: String) {
        self.call = call
        self.messages = messages
        self.socketPath = socketPath
    }

    public func makeAsyncIterator() -> Iterator {
        // The transport traps on a second iterator; ours fails with an error instead.
        Iterator(call: call, messages: taken.take() ? messages.makeAsyncIterator() : nil, socketPath: socketPath)
    }

    public struct Iterator: AsyncIteratorProtocol {
        private let call: WatchCall
        private var messages: WatchCall.Messages.AsyncIterator?
        private let socketPath: String

        init(call: WatchCall, messages: WatchCall.Messages.AsyncIterator?, socketPath: String) {
            self.call = call
            self.messages = messages
            self.socketPath = socketPath
        }

        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(SallyportError) -> [StreamElement]? {
            guard messages != nil else {
                throw SallyportError(.misuse, "a stream of events can be iterated once; subscribe again")
            }
            do {
                while let message = try await messages?.next(isolation: actor) {
                    let elements = try message.elements.compactMap { element throws(ValueError) in
                        try StreamElement(ofAnyVersion: element)
                    }
                    if !elements.isEmpty { return elements }
                }
                return nil
            } catch {
                throw SallyportError(Task.isCancelled ? CancellationError() : error, socketPath: socketPath)
            }
        }
    }
}

/// Whether something that can be had once was had.
private final class Taken: Sendable {
    private let flag = Atomic<Bool>(false)

    func take() -> Bool { !flag.exchange(true, ordering: .relaxed) }
}
