// SPDX-License-Identifier: Apache-2.0

import APIValues
import GRPCCore
import Synchronization

/// Refuses the calls of peers that the policy doesn't admit, before any service sees them.
struct PeerInterceptor: ServerInterceptor {
    let peers: PeerTable
    let policy: PeerPolicy
    let calls: CallCounter

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>,
        context: ServerContext,
        next:
            @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        guard let number = request.metadata[stringValues: PeerTable.header].first(where: { _ in true }),
            let peer = peers.peer(number)
        else {
            calls.refuse()
            throw RPCError(
                .unauthenticated, .peerUnknown, "the kernel named no peer for this connection; connect again")
        }
        guard policy.admits(peer) else {
            calls.refuse()
            throw RPCError(
                .permissionDenied, .rootOnly,
                "only root may use this socket, and process \(peer.pid) runs as user \(peer.uid); run it as root")
        }
        calls.admit()
        return try await Peer.$current.withValue(peer) { try await next(request, context) }
    }
}

/// Counts calls by whether their peer was admitted.
final class CallCounter: Sendable {
    private let admittedCalls = Atomic<UInt64>(0)
    private let refusedCalls = Atomic<UInt64>(0)

    var admitted: UInt64 { admittedCalls.load(ordering: .relaxed) }
    var refused: UInt64 { refusedCalls.load(ordering: .relaxed) }

    func admit() { admittedCalls.wrappingAdd(1, ordering: .relaxed) }
    func refuse() { refusedCalls.wrappingAdd(1, ordering: .relaxed) }
}
