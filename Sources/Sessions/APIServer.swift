// SPDX-License-Identifier: Apache-2.0

import GRPCCore
import GRPCNIOTransportHTTP2Posix
public import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The API's server: gRPC over a Unix socket.
///
/// The socket listens from `init` on, so that a second server is refused before it has touched anything, and a client
/// that connects early waits instead of failing. Calls are answered while `run` runs.
///
/// It fits a service group (`run`, and `beginGracefulShutdown` as the group's handler) without importing one.
public final class APIServer: Sendable {
    /// How the API is served.
    public struct Configuration: Sendable {
        /// At most 103 bytes. Its directory is created when it is missing, and must not be writable by others.
        public var socketPath: String
        public var limits = APILimits()
        public var peerPolicy = PeerPolicy.rootOnly
        /// How long calls in flight may take to end once a graceful shutdown has begun.
        public var shutdownGrace = Duration.seconds(2)
        /// Threads that move bytes. One carries about half a million events a second.
        public var transportThreads = 2

        public init(socketPath: String) {
            self.socketPath = socketPath
        }
    }

    private enum Phase { case created, running, stopped }

    private let platform: any Platform
    private let configuration: Configuration
    private let logger: Logger
    private let socket: ListeningSocket
    private let peers: PeerTable
    private let calls = CallCounter()
    private let watches = WatchRegistry()
    private let phase = Mutex(Phase.created)
    private let shutdown = AsyncStream<Never>.makeStream()

    /// Creates the socket and listens on it.
    ///
    /// - Throws: `APIServerError`, whose message says what to do; nothing is left behind then.
    public init(
        platform: any Platform, configuration: Configuration, logger: Logger
    ) throws(APIServerError) {
        self.platform = platform
        self.configuration = configuration
        self.logger = logger
        self.socket = try ListeningSocket(path: configuration.socketPath)
        self.peers = PeerTable(limit: configuration.limits.connections)
    }

    /// Where the server listens.
    public var path: String { socket.path }

    /// What the server has done so far.
    public var counters: APICounters {
        var counters = APICounters()
        counters.connections = peers.connections
        counters.connectionsRefused = peers.connectionsRefused
        counters.calls = calls.admitted
        counters.peersRefused = calls.refused
        counters.watches = watches.count
        return counters
    }

    /// Answers calls until `beginGracefulShutdown` or until the task is cancelled; removes the socket at the end.
    ///
    /// After a graceful shutdown began, subscribers are told so, no call is accepted, and what is still in flight when
    /// the grace is over is cut off. - Throws: when the transport fails, or when it ran already.
    public func run() async throws {
        try phase.withLock { phase throws(APIServerError) in
            guard phase == .created else {
                throw APIServerError(code: .ranAlready, message: "this server ran already; create another one")
            }
            phase = .running
        }
        defer { finish() }
        // A shutdown that began before there was anything to shut down.
        guard !watches.isStopping, let descriptor = socket.take() else { return }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.transportThreads)
        let served: Result<Void, any Error>
        do {
            served = .success(try await serve(descriptor, on: group))
        } catch {
            served = .failure(error)
        }
        try await group.shutdownGracefully()
        // The transport wraps a cancellation into an error of its own.
        try Task.checkCancellation()
        try served.get()
    }

    /// Begins to stop; `run` returns when that is done. May be called at any time, from anywhere, more than once.
    public func beginGracefulShutdown() {
        watches.stop()
        shutdown.continuation.finish()
    }

    private func finish() {
        phase.withLock { $0 = .stopped }
        watches.stop()
        socket.remove()
    }

    private func serve(_ descriptor: Int32, on group: MultiThreadedEventLoopGroup) async throws {
        let server = GRPCServer(
            transport: HTTP2ServerTransport.Posix(
                listeningSocketDescriptor: Int(descriptor), transportSecurity: .plaintext,
                config: transportConfiguration,
                eventLoopGroup: group),
            services: [
                PlatformService(platform: platform),
                EventsService(platform: platform, limits: configuration.limits, watches: watches),
                PoliciesService(platform: platform, limits: configuration.limits, logger: logger),
                ProcessesService(platform: platform, limits: configuration.limits),
            ],
            interceptors: [PeerInterceptor(peers: peers, policy: configuration.peerPolicy, calls: calls)])
        let grace = configuration.shutdownGrace
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                do {
                    try await server.serve()
                } catch let error as RuntimeError where error.code == .serverIsStopped {
                    // Shut down between the check above and this task's start.
                }
            }
            tasks.addTask { [shutdown, peers] in
                for await _ in shutdown.stream {}
                server.beginGracefulShutdown()
                // Not only the tasks: a client that is stopped reads nothing, and gRPC waits for it to take its leave.
                defer { peers.closeAll() }
                try await Task.sleep(for: grace)
            }
            defer { tasks.cancelAll() }
            try await tasks.next()
        }
    }

    private var transportConfiguration: HTTP2ServerTransport.Posix.Config {
        .defaults { config in
            // The largest of all methods; `RequestBound` holds the others to theirs.
            config.rpc.maxRequestPayloadSize = max(
                configuration.limits.largestPolicyRequest, configuration.limits.messageSize)
            config.http2.maxConcurrentStreams = configuration.limits.streamsPerConnection
            // Coalescing trades latency for fewer system calls: 375 µs a round trip instead of 63 (measured).
            config.connection.flushCoalescing = nil
            config.channelDebuggingCallbacks.onAcceptTCPConnection = { [peers, report = reporter] connection in
                peers.accept(connection, then: report)
            }
            config.channelDebuggingCallbacks.onAcceptHTTP2Stream = { [peers, limits = configuration.limits] stream in
                PeerInjection.install(on: stream, peers: peers, limits: limits)
            }
        }
    }

    private var reporter: @Sendable (PeerTable.Admission) -> Void {
        { [logger, policy = configuration.peerPolicy, limit = configuration.limits.connections] admission in
            switch admission {
            case .full(let peer):
                logger.warning(
                    "connection closed: the limit connections is reached",
                    metadata: ["limit": "\(limit)", "peer-pid": "\(peer.pid)", "peer-uid": "\(peer.uid)"])
            case .admitted(let peer) where !policy.admits(peer):
                logger.warning(
                    "peer refused: only root may use the socket",
                    metadata: ["peer-pid": "\(peer.pid)", "peer-uid": "\(peer.uid)"])
            case .admitted(let peer):
                logger.debug("connected", metadata: ["peer-pid": "\(peer.pid)", "peer-uid": "\(peer.uid)"])
            }
        }
    }
}
