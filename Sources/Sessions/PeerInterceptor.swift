// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import GRPCCore
import Synchronization

/// How a listener knows who its peers are.
enum Authentication: Sendable {
    /// By the kernel's word on the process: whoever the policy admits is the site.
    case peer(PeerPolicy)
    /// By the certificate that the peer has shown.
    case certificate(any VendorAdmission)
}

/// Finds out who makes a call, and refuses those that may not, before any service sees them.
struct PeerInterceptor: ServerInterceptor {
    let peers: PeerTable
    let authentication: Authentication
    let calls: CallCounter
    let accounts: VendorAccounts

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>,
        context: ServerContext,
        next:
            @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        let caller: Caller
        do {
            caller = try await identify(request.metadata)
        } catch {
            calls.refuse()
            throw error
        }
        calls.admit()
        var response = try await Caller.$current.withValue(caller) { try await next(request, context) }
        // A stream is written after the method has returned.
        response.accepted = response.accepted.map { accepted in
            var accepted = accepted
            let write = accepted.producer
            accepted.producer = { writer in
                try await Caller.$current.withValue(caller) { try await write(writer) }
            }
            return accepted
        }
        return response
    }

    private func identify(_ metadata: Metadata) async throws(RPCError) -> Caller {
        guard let text = metadata[stringValues: PeerTable.header].first(where: { _ in true }),
            let number = UInt64(text), let peer = peers.peer(number)
        else {
            throw RPCError(
                .unauthenticated, .peerUnknown, "the kernel named no peer for this connection; connect again")
        }
        switch authentication {
        case .peer(let policy):
            guard policy.admits(peer) else {
                throw RPCError(
                    .permissionDenied, .rootOnly,
                    "only root may use this socket, and process \(peer.pid) runs as user \(peer.uid); run it as root, or"
                        + " connect to the agents' socket with a vendor's certificate")
            }
            return Caller(peer: peer, identity: .site)
        case .certificate(let admission):
            return Caller(peer: peer, identity: .vendor(try await vendor(number, peer, admission)))
        }
    }

    private func vendor(
        _ number: UInt64, _ peer: Peer, _ admission: any VendorAdmission
    ) async throws(RPCError) -> VendorIdentity {
        do throws(PlatformError) {
            if let admitted = peers.admitted(number) {
                if let refusal = admitted.refusal() { throw refusal }
                return admitted.vendor
            }
            let admitted = try await admission.admit(peers.chain(number) ?? [], peer: peer)
            try peers.note(admitted: admitted, of: number, in: accounts)
            return admitted.vendor
        } catch {
            guard !error.code.isQuota else { throw RPCError(error) }
            throw RPCError(.unauthenticated, error.code, error.message)
        }
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
