// SPDX-License-Identifier: Apache-2.0

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
        var refused: UInt64 = 0
    }

    enum Admission {
        case admitted(Peer)
        /// The limit `connections` is reached.
        case full(Peer)
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var connections: Int { state.withLock { $0.peers.count } }
    var connectionsRefused: UInt64 { state.withLock { $0.refused } }

    func peer(_ number: String) -> Peer? {
        guard let number = UInt64(number) else { return nil }
        return state.withLock { $0.peers[number] }
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
            guard state.peers.count < limit else {
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
            state.numbers[key] = nil
            state.channels[key] = nil
        }
    }
}

private struct PeerUnknown: Error {}
private struct ConnectionsExhausted: Error {}
