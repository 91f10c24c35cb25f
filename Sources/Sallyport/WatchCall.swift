// SPDX-License-Identifier: Apache-2.0

import GRPCCore
import SallyportAPI

/// A `Watch` call that lives as long as this object.
///
/// gRPC ends a streaming call when the closure that handles its response returns. The closure therefore hands the
/// response's messages out and waits, in a task of its own, until the object is released; who holds the object reads
/// the messages directly, so that a slow reader holds back the platform's writer and nothing piles up in between.
final class WatchCall: Sendable {
    typealias Messages = RPCAsyncSequence<Sallyport_V1_WatchResponse, any Error>

    private let task: Task<Void, Never>
    private let outcome: AsyncStream<Result<Messages, any Error>>

    /// - Parameter options: their time-out is how long the platform may take to accept; the stream then has none.
    init(
        _ events: Sallyport_V1_Events.Client<some ClientTransport>, _ request: Sallyport_V1_WatchRequest,
        _ options: CallOptions
    ) {
        let (outcome, opened) = AsyncStream<Result<Messages, any Error>>.makeStream()
        self.outcome = outcome
        let limit = options.timeout
        var options = options
        options.timeout = nil
        let timer = Task {
            guard let limit, (try? await Task.sleep(for: limit)) != nil else { return }
            opened.yield(.failure(RPCError(code: .deadlineExceeded, message: "the platform doesn't answer")))
        }
        task = Task { [options] in
            defer { timer.cancel() }
            do {
                try await events.watch(request, options: options) { response in
                    // A refusal is an outcome as well: it has no messages.
                    _ = try response.accepted.get()
                    timer.cancel()
                    opened.yield(.success(response.messages))
                    await Self.untilCancelled()
                }
            } catch {
                opened.yield(.failure(error))
            }
            opened.finish()
        }
    }

    deinit {
        task.cancel()
    }

    /// The messages, once the platform has accepted the subscription. Call it once.
    func opened() async throws -> Messages {
        for await outcome in outcome { return try outcome.get() }
        throw CancellationError()
    }

    private static func untilCancelled() async {
        let (never, continuation) = AsyncStream<Never>.makeStream()
        for await _ in never {}
        continuation.finish()
    }
}
