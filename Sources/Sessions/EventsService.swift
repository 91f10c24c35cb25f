// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import FoundationEssentials
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
    let sessions: SessionRegistry
    let accounts: VendorAccounts

    func watch(
        request: ServerRequest<Sallyport_V1_WatchRequest>, context: ServerContext
    ) async throws -> StreamingServerResponse<Sallyport_V1_WatchResponse> {
        let caller = try Caller.required()
        // Subscribed before the headers are sent: who has the headers misses nothing.
        let open = try await answering {
            let filter = try Self.entitled(try EventFilter(request.message), caller.identity)
            let share = try accounts.subscription(of: caller.identity)
            return try sessions.open(try await platform.subscribe(filter), of: caller, taking: share)
        }
        return StreamingServerResponse { writer in
            defer { open.close() }
            return try await withRPCCancellationHandler {
                while let elements = await open.session.next() {
                    for batch in Batches(elements, limits: limits, size: \.approximateSize) {
                        try await writer.write(.with { $0.elements = batch.map(Sallyport_V1_StreamElement.init) })
                    }
                }
                // Ended by the platform. If it was the client who left, nobody reads this.
                throw RPCError(.unavailable, .stopping, "the platform is stopping; watch again when it is back")
            } onCancelRPC: {
                open.close()
            }
        }
    }

    func sync(
        request: ServerRequest<Sallyport_V1_SyncRequest>, context: ServerContext
    ) async throws -> ServerResponse<Sallyport_V1_SyncResponse> {
        let caller = try Caller.required()
        let marker = try await answering { try sessions.mark(for: caller) }
        return ServerResponse(message: .with { $0.marker = marker })
    }

    func handOver(
        request: ServerRequest<Sallyport_V1_HandOverRequest>, context: ServerContext
    ) async throws -> StreamingServerResponse<Sallyport_V1_HandOverResponse> {
        let caller = try Caller.required()
        // A ring has the records that tell who is who, whatever is watched.
        try Caller.require("notify:process.exec, notify:process.create, notify:process.exit") {
            $0.notify.isSuperset(of: [.processExec, .processCreate, .processExit])
        }
        let (offer, watch) = try await answering {
            let filter = try Self.entitled(try EventFilter(request.message.watch), caller.identity)
            let share = try accounts.subscription(of: caller.identity)
            let offer = try await platform.handOver(filter, to: caller.peer.pid)
            return (offer, try sessions.open(offer.subscription, of: caller, taking: share))
        }
        return StreamingServerResponse { writer in
            defer { watch.close() }
            return try await withRPCCancellationHandler {
                try await writer.write(
                    .with {
                        $0.socket = offer.socket
                        $0.token = Data(offer.token)
                        $0.layout = offer.layout
                        $0.processes = offer.processes.map(Sallyport_V1_Process.init)
                    })
                while await watch.session.next() != nil {}
                throw RPCError(.unavailable, .stopping, "the platform is stopping; subscribe again when it is back")
            } onCancelRPC: {
                watch.close()
            }
        }
    }

    /// The filter as far as the caller may be told: who asks for everything gets what it is entitled to, who names an
    /// operation that it isn't entitled to is refused.
    private static func entitled(_ filter: EventFilter, _ identity: CallerIdentity) throws -> EventFilter {
        guard case .vendor(let vendor) = identity else { return filter }
        var filter = filter
        let granted = vendor.entitlements.notify
        if filter.operations.isEmpty {
            filter.operations = granted
        } else if !filter.operations.isSubset(of: granted) {
            let missing = filter.operations.subtracting(granted).map { "notify:\($0.rawValue)" }.sorted()
            throw RPCError.notEntitled(identity, missing)
        }
        guard !filter.operations.isEmpty else { throw RPCError.notEntitled(identity, ["notify"]) }
        return filter
    }
}
