// SPDX-License-Identifier: Apache-2.0

import GRPCCore
import SallyportAPI

/// A `HandOver` call that lives as long as this object: with it the subscription ends.
final class HandOverCall: Sendable {
    private let task: Task<Void, Never>
    private let outcome: AsyncStream<Result<Sallyport_V1_HandOverResponse, any Error>>

    init(
        _ events: Sallyport_V1_Events.Client<some ClientTransport>, _ request: Sallyport_V1_HandOverRequest,
        _ options: CallOptions
    ) {
        let (outcome, opened) = AsyncStream<Result<Sallyport_V1_HandOverResponse, any Error>>.makeStream()
        self.outcome = outcome
        var options = options
        options.timeout = nil
        task = Task { [options] in
            do {
                try await events.handOver(request, options: options) { response in
                    // One answer; then the call stays open.
                    for try await message in response.messages { opened.yield(.success(message)) }
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

    /// What the ring is taken over with. Call it once.
    func opened() async throws -> Sallyport_V1_HandOverResponse {
        for await outcome in outcome { return try outcome.get() }
        throw CancellationError()
    }
}
