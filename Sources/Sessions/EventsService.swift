// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import GRPCCore
import SallyportAPI
import SwiftProtobuf

/// `sallyport.v1.Events`: events as they happen.
///
/// ## Backpressure
/// One task a call takes from the subscription and writes. A reader that doesn't read suspends that task at the write,
/// and nothing else: its subscription's queue fills up and turns into gaps, which is the platform's business.
struct EventsService: Sallyport_V1_Events.ServiceProtocol {
    let platform: any Platform
    let limits: APILimits
    let watches: WatchRegistry

    func watch(
        request: ServerRequest<Sallyport_V1_WatchRequest>, context: ServerContext
    ) async throws -> StreamingServerResponse<Sallyport_V1_WatchResponse> {
        // Subscribed before the headers are sent: who has the headers misses nothing.
        let watch = try await answering {
            try watches.open(try await platform.subscribe(try EventFilter(request.message)))
        }
        return StreamingServerResponse { writer in
            defer { watch.close() }
            return try await withRPCCancellationHandler {
                while let elements = await watch.subscription.next() {
                    for batch in Batches(elements, limits: limits, size: \.approximateSize) {
                        try await writer.write(.with { $0.elements = batch.map(Sallyport_V1_StreamElement.init) })
                    }
                }
                // Ended by the platform. If it was the client who left, nobody reads this.
                throw RPCError(.unavailable, .stopping, "the platform is stopping; watch again when it is back")
            } onCancelRPC: {
                watch.close()
            }
        }
    }
}
