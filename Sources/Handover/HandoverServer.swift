// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
public import LinuxSystem
import Synchronization

/// Hands descriptors of rings and channels over to processes that show the token which they were given.
///
/// A client connects, sends one packet, its token, and receives one: the grant, with the descriptor. Whatever else comes,
/// or comes too late, ends the connection without a word.
///
/// ## Concurrency model
/// `run` has a thread of its own and never waits for a client; `offer` is called by any.
public final class HandoverServer: Sendable {
    /// Connections at a time; more are closed at once.
    public static let maxConnections = 32
    /// Nanoseconds that a client has to send its token.
    static let patience: UInt64 = 1_000_000_000

    /// A descriptor of its own, closed with it.
    private final class Offer: Sendable {
        let descriptor: Int32
        let grant: HandoverGrant

        init(descriptor: Int32, grant: HandoverGrant) {
            self.descriptor = descriptor
            self.grant = grant
        }

        deinit { close(descriptor) }
    }

    private struct Connection {
        var descriptor: Int32
        var pid: Int32
        var end: UInt64
    }

    public let path: String
    private let listening = Mutex<Int32>(-1)
    private let desk = Mutex(TokenDesk<Offer>())
    private let isStopped = Atomic<Bool>(false)

    /// - Parameter path: where `listen` will make the socket; its directory must be there by then.
    public init(path: String) {
        self.path = path
    }

    deinit {
        let descriptor = listening.withLock { $0 }
        guard descriptor >= 0 else { return }
        unlink(path)
        close(descriptor)
    }

    /// Makes the socket, in place of one that was left there. Once. - Throws: what the kernel says.
    public func listen(mode: UInt32 = 0o600) throws(Errno) {
        let descriptor = clinux_listen_packets(path, mode)
        guard descriptor >= 0 else { throw Errno("listen at \(path)") }
        listening.withLock { $0 = descriptor }
    }

    /// Tokens that were refused so far.
    public var refused: UInt64 { desk.withLock { $0.refused } }

    /// Offers a ring, or a channel's end, to a process for ten seconds; the token that it has to show.
    ///
    /// - Parameter descriptor: duplicated; the caller keeps its own.
    public func offer(_ descriptor: Int32, _ grant: HandoverGrant, to pid: Int32) throws(Errno) -> HandoverToken {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw Errno("duplicate a descriptor to hand over") }
        let offer = Offer(descriptor: copy, grant: grant)
        // What has ended is closed here, outside of the mutex.
        let (token, ended) = desk.withLock { $0.issue(offer, to: pid, now: Clock.boot()) }
        withExtendedLifetime(ended) {}
        return token
    }

    /// Serves until `stop`.
    public func run() {
        let listening = listening.withLock { $0 }
        guard listening >= 0 else { return }
        var connections: [Connection] = []
        defer { for connection in connections { close(connection.descriptor) } }
        while !isStopped.load(ordering: .acquiring) {
            var polled = [pollfd(fd: listening, events: Int16(POLLIN), revents: 0)]
            polled += connections.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            guard poll(&polled, nfds_t(polled.count), 100) >= 0 || errno == EINTR else { return }
            let now = Clock.boot()
            var open: [Connection] = []
            for (connection, state) in zip(connections, polled.dropFirst()) {
                if state.revents != 0 {
                    answer(connection, now: now)
                    close(connection.descriptor)
                } else if connection.end <= now {
                    close(connection.descriptor)
                } else {
                    open.append(connection)
                }
            }
            connections = open
            if polled[0].revents != 0 { accept(listening, &connections, now: now) }
            let ended = desk.withLock { $0.expire(now: now) }
            withExtendedLifetime(ended) {}
        }
    }

    public func stop() { isStopped.store(true, ordering: .releasing) }

    private func accept(_ listening: Int32, _ connections: inout [Connection], now: UInt64) {
        let descriptor = clinux_accept(listening)
        guard descriptor >= 0 else { return }
        guard connections.count < Self.maxConnections else {
            close(descriptor)
            return
        }
        connections.append(
            Connection(descriptor: descriptor, pid: clinux_peer_pid(descriptor), end: now &+ Self.patience))
    }

    private func answer(_ connection: Connection, now: UInt64) {
        var bytes = [UInt8](repeating: 0, count: HandoverToken.size + 1)
        var passed: Int32 = -1
        let count = clinux_receive_descriptor(connection.descriptor, &bytes, UInt(bytes.count), &passed)
        // Nobody is to send us one.
        if passed >= 0 { close(passed) }
        guard count == HandoverToken.size, let token = HandoverToken(Array(bytes.prefix(count))) else { return }
        guard let offer = desk.withLock({ $0.redeem(token, by: connection.pid, now: now) }) else { return }
        let packet = offer.grant.packet
        _ = clinux_send_descriptor(connection.descriptor, packet, UInt(packet.count), offer.descriptor)
    }
}
