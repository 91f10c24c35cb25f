// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import NIOCore
import Synchronization

/// The peers of all open connections.
///
/// gRPC hands a service no identity of the connection that a call came in on. Hence each connection's peer is taken from
/// the socket when it is accepted and kept here under a number; every stream of the connection gets that number as a
/// header, which replaces any that the client sent (`PeerInjection`); and `PeerInterceptor` looks it up again.
final class PeerTable: Sendable {
    /// The header that carries a connection's number from its socket to the interceptor.
    static let header = "sallyport-peer"

    private struct State {
        var next: UInt64 = 1
        var peers: [UInt64: Peer] = [:]
        var numbers: [ObjectIdentifier: UInt64] = [:]
        var channels: [ObjectIdentifier: any Channel] = [:]
        var chains: [UInt64: [[UInt8]]] = [:]
        var admitted: [UInt64: AdmittedPeer] = [:]
        /// What admitted connections have of their vendors' quotas.
        var shares: [UInt64: QuotaShare] = [:]
        var refused: UInt64 = 0
    }

    enum Admission {
        case admitted(Peer)
        /// The limit `connections` is reached.
        case full(Peer)
    }

    /// A user that isn't root may have this part of the connections.
    private static let share = 4

    /// So long a peer that has to be admitted may take from connecting to its first call that is; and such peers may have
    /// half of the connections together. Without that anybody could keep agents out who never says a word.
    private let admissionTime: TimeAmount?
    private let state = Mutex(State())
    private let limit: Int

    /// - Parameter admissionTime: `nil` where peers are known without a word of theirs.
    init(limit: Int, admissionTime: TimeAmount?) {
        self.limit = limit
        self.admissionTime = admissionTime
    }

    var connections: Int { state.withLock { $0.peers.count } }
    var connectionsRefused: UInt64 { state.withLock { $0.refused } }

    func peer(_ number: UInt64) -> Peer? { state.withLock { $0.peers[number] } }

    /// The certificates that a connection's peer has shown; `nil` before they are known.
    func chain(_ number: UInt64) -> [[UInt8]]? { state.withLock { $0.chains[number] } }

    func note(chain: [[UInt8]], of number: UInt64) {
        state.withLock { state in
            guard state.peers[number] != nil else { return }
            state.chains[number] = chain
        }
    }

    /// The vendor that a connection was admitted as; `nil` before it was.
    func admitted(_ number: UInt64) -> AdmittedPeer? { state.withLock { $0.admitted[number] } }

    /// Notes whose a connection is, once, at the expense of its vendor's quota.
    ///
    /// - Throws: `vendor-clients`; the connection is as one that wasn't admitted then, and closed as those are.
    func note(admitted: AdmittedPeer, of number: UInt64, in accounts: VendorAccounts) throws(PlatformError) {
        try state.withLock { state throws(PlatformError) in
            guard state.peers[number] != nil, state.admitted[number] == nil else { return }
            state.shares[number] = try accounts.client(of: admitted.vendor.name)
            state.admitted[number] = admitted
        }
    }

    /// How many connections a vendor has.
    func connections(of vendor: String) -> Int {
        state.withLock { state in state.admitted.values.count { $0.vendor.name == vendor } }
    }

    /// Closes the connections of vendors that may not stay; says which vendors had one.
    func closeRefused() -> [String: PlatformError] {
        let admitted = state.withLock { $0.admitted }
        var refused: [String: PlatformError] = [:]
        for (number, peer) in admitted {
            guard let refusal = peer.refusal() else { continue }
            refused[peer.vendor.name] = refusal
            let channel = state.withLock { state in
                state.numbers.first { $0.value == number }.flatMap { state.channels[$0.key] }
            }
            channel?.close(mode: .all, promise: nil)
        }
        return refused
    }

    func number(of connection: any Channel) -> UInt64? {
        state.withLock { $0.numbers[ObjectIdentifier(connection)] }
    }

    /// Notes the peer of a connection until the connection closes; closes it when it can't be admitted.
    func accept(
        _ connection: any Channel, then report: @escaping @Sendable (Admission) -> Void
    ) -> EventLoopFuture<Void> {
        let noted = note(connection, then: report)
        // The listener doesn't close a connection whose set-up failed: it would stay open, and be served by nobody.
        noted.whenFailure { _ in connection.close(promise: nil) }
        return noted
    }

    private func note(
        _ connection: any Channel, then report: @escaping @Sendable (Admission) -> Void
    ) -> EventLoopFuture<Void> {
        guard let options = connection as? any SocketOptionProvider else {
            return connection.eventLoop.makeFailedFuture(PeerUnknown())
        }
        // struct ucred { pid_t pid; uid_t uid; gid_t gid; }, which Glibc's module doesn't show.
        let credentials: EventLoopFuture<(Int32, UInt32, UInt32)> = options.unsafeGetSocketOption(
            level: .socket, name: .init(rawValue: SO_PEERCRED))
        let key = ObjectIdentifier(connection)
        return credentials.flatMapThrowing { pid, uid, gid in
            let peer = Peer(pid: pid, uid: uid, gid: gid)
            guard let number = self.insert(peer, connection) else {
                report(.full(peer))
                throw ConnectionsExhausted()
            }
            connection.closeFuture.whenComplete { _ in self.remove(number, key) }
            if let time = self.admissionTime {
                connection.eventLoop.scheduleTask(in: time) {
                    if self.admitted(number) == nil { connection.close(promise: nil) }
                }
            }
            report(.admitted(peer))
        }
    }

    /// Closes every connection, whatever is still to be written to it.
    func closeAll() {
        for channel in state.withLock({ Array($0.channels.values) }) { channel.close(mode: .all, promise: nil) }
    }

    private func insert(_ peer: Peer, _ connection: any Channel) -> UInt64? {
        let key = ObjectIdentifier(connection)
        return state.withLock { state in
            // One user, unless it is root, gets a share: nobody who may only connect keeps others out.
            let own = peer.uid == 0 ? 0 : state.peers.values.count { $0.uid == peer.uid }
            let strangers = admissionTime == nil ? 0 : state.peers.count - state.admitted.count
            guard state.peers.count < limit, own < max(1, limit / Self.share), strangers < max(1, limit / 2) else {
                state.refused += 1
                return nil
            }
            let number = state.next
            state.next += 1
            state.peers[number] = peer
            state.numbers[key] = number
            state.channels[key] = connection
            return number
        }
    }

    private func remove(_ number: UInt64, _ key: ObjectIdentifier) {
        state.withLock { state in
            state.peers[number] = nil
            state.chains[number] = nil
            state.admitted[number] = nil
            state.shares[number] = nil
            state.numbers[key] = nil
            state.channels[key] = nil
        }
    }
}

private struct PeerUnknown: Error {}
private struct ConnectionsExhausted: Error {}
