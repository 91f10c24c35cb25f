// SPDX-License-Identifier: Apache-2.0

import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Logging
import NIOCore
import NIOPosix

/// One socket that the API is served on: who may connect, and how that is known.
///
/// The operator's and the agents' sockets have a table of connections each: however many agents connect, the operator
/// gets through.
final class APIListener: Sendable {
    let socket: ListeningSocket
    let peers: PeerTable
    let budget: RequestBudget
    private let authentication: Authentication
    private let credentials: ServerCredentials?
    private let limits: APILimits
    private let accounts: VendorAccounts
    private let logger: Logger

    /// - Parameter credentials: for TLS; `nil` is none, for peers that the kernel vouches for.
    init(
        socket: ListeningSocket, authentication: Authentication, credentials: ServerCredentials?,
        configuration: APIServer.Configuration, logger: Logger
    ) {
        self.socket = socket
        self.authentication = authentication
        self.credentials = credentials
        let limits = configuration.limits
        self.limits = limits
        accounts = configuration.accounts
        budget = RequestBudget(limit: limits.requestsSize)
        self.logger = logger
        peers = PeerTable(
            limit: limits.connections,
            admissionTime: credentials == nil ? nil : .nanoseconds(Int64(limits.admissionTime / .nanoseconds(1))))
    }

    /// The server for this socket; `nil` when it was taken or closed already.
    func server(
        _ services: [any RegistrableRPCService], calls: CallCounter, interceptors: [any ServerInterceptor] = [],
        on group: MultiThreadedEventLoopGroup
    ) throws(APIServerError) -> GRPCServer<HTTP2ServerTransport.Custom<UnixListenerFactory>>? {
        guard let descriptor = socket.take() else { return nil }
        let factory = try UnixListenerFactory(descriptor: descriptor, credentials: credentials, on: group)
        return GRPCServer(
            transport: HTTP2ServerTransport.Custom(listenerFactory: factory, config: transport), services: services,
            interceptors: [
                PeerInterceptor(peers: peers, authentication: authentication, calls: calls, accounts: accounts)
            ] + interceptors)
    }

    private var transport: HTTP2ServerTransport.Custom<UnixListenerFactory>.Config {
        var config = HTTP2ServerTransport.Custom<UnixListenerFactory>.Config.defaults
        // The largest of all methods; `RequestBound` holds the others to theirs.
        config.rpc.maxRequestPayloadSize = max(limits.largestPolicyRequest, limits.messageSize)
        config.http2.maxConcurrentStreams = limits.streamsPerConnection
        // Coalescing trades latency for fewer system calls: 375 µs a round trip instead of 63 (measured).
        config.connection.flushCoalescing = nil
        config.channelDebuggingCallbacks.onAcceptTCPConnection = { [peers, report = reporter] connection in
            peers.accept(connection, then: report)
        }
        config.channelDebuggingCallbacks.onAcceptHTTP2Stream = {
            [peers, limits, budget, isSecured = credentials != nil] stream in
            PeerInjection.install(on: stream, peers: peers, limits: limits, budget: budget, isSecured: isSecured)
        }
        return config
    }

    private var reporter: @Sendable (PeerTable.Admission) -> Void {
        { [logger, authentication, limit = limits.connections] admission in
            switch (admission, authentication) {
            case (.full(let peer), _):
                logger.warning(
                    "connection closed: the limit connections is reached",
                    metadata: ["limit": "\(limit)", "peer-pid": "\(peer.pid)", "peer-uid": "\(peer.uid)"])
            case (.admitted(let peer), .peer(let policy)) where !policy.admits(peer):
                logger.warning(
                    "peer refused: only root may use the socket",
                    metadata: ["peer-pid": "\(peer.pid)", "peer-uid": "\(peer.uid)"])
            case (.admitted(let peer), _):
                logger.debug("connected", metadata: ["peer-pid": "\(peer.pid)", "peer-uid": "\(peer.uid)"])
            }
        }
    }
}
