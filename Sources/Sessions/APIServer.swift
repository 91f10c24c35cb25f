// SPDX-License-Identifier: Apache-2.0

public import EndpointModel
package import GRPCCore
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
        /// Who may use the operator's socket.
        public var peerPolicy = PeerPolicy.rootOnly
        /// What vendors may have, and have; the platform behind the server keeps account there too.
        public var accounts = VendorAccounts()
        /// How vendors' agents are served; `nil` is not at all.
        public var agents: Agents?
        /// What protects vendors' objects; `nil` where nothing is protected: then its calls are refused as not available.
        public var protection: (any ProtectionPlatform)?
        /// What watches the kernel; `nil` where nothing does.
        public var integrity: (any IntegrityPlatform)?
        /// How long calls in flight may take to end once a graceful shutdown has begun.
        public var shutdownGrace = Duration.seconds(2)
        /// What stands between the services and the agents' socket, innermost last: for tests of agents, which meet
        /// answers there that no service of this version gives.
        package var agentInterceptors: [any ServerInterceptor] = []
        /// Threads that move bytes. One carries about half a million events a second.
        public var transportThreads = 2

        public init(socketPath: String) {
            self.socketPath = socketPath
        }
    }

    /// How vendors' agents are served: on a socket of their own, that anybody may connect to, by mutual TLS 1.3.
    public struct Agents: Sendable {
        public var socketPath: String
        public var credentials: ServerCredentials
        public var admission: any VendorAdmission

        public init(socketPath: String, credentials: ServerCredentials, admission: any VendorAdmission) {
            self.socketPath = socketPath
            self.credentials = credentials
            self.admission = admission
        }
    }

    private enum Phase { case created, running, stopped }

    private let platform: any Platform
    private let configuration: Configuration
    private let logger: Logger
    private let administration: (any VendorAdministration)?
    private let site: APIListener
    private let agents: APIListener?
    private let calls = CallCounter()
    private let sessions = SessionRegistry()
    private let phase = Mutex(Phase.created)
    private let shutdown = AsyncStream<Never>.makeStream()

    /// Creates the sockets and listens on them.
    ///
    /// - Parameter administration: the registry of vendors; `nil` serves no `Vendors`.
    /// - Throws: `APIServerError`, whose message says what to do; nothing is left behind then.
    public init(
        platform: any Platform, administration: (any VendorAdministration)? = nil, configuration: Configuration,
        logger: Logger
    ) throws(APIServerError) {
        self.platform = platform
        self.administration = administration
        self.configuration = configuration
        self.logger = logger
        site = APIListener(
            socket: try ListeningSocket(path: configuration.socketPath),
            authentication: .peer(configuration.peerPolicy), credentials: nil, configuration: configuration,
            logger: logger)
        if let agents = configuration.agents {
            self.agents = APIListener(
                socket: try ListeningSocket(path: agents.socketPath, mode: 0o666),
                authentication: .certificate(agents.admission), credentials: agents.credentials,
                configuration: configuration, logger: logger)
        } else {
            self.agents = nil
        }
    }

    /// Where the server listens for the operator.
    public var path: String { site.socket.path }

    /// How many connections a vendor's agents have.
    public func connections(of vendor: String) -> Int { agents?.peers.connections(of: vendor) ?? 0 }

    /// Closes the connections of vendors that may not stay; says which vendors had one, and why they may not.
    @discardableResult
    public func closeRefused() -> [String: PlatformError] { agents?.peers.closeRefused() ?? [:] }

    /// What the server has done so far.
    public var counters: APICounters {
        var counters = APICounters()
        counters.connections = listeners.reduce(0) { $0 + $1.peers.connections }
        counters.connectionsRefused = listeners.reduce(0) { $0 + $1.peers.connectionsRefused }
        counters.calls = calls.admitted
        counters.peersRefused = calls.refused
        counters.requestsRefused = listeners.reduce(0) { $0 + $1.budget.refused }
        counters.watches = sessions.count
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
        guard !sessions.isStopping else { return }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.transportThreads)
        let served: Result<Void, any Error>
        do {
            served = .success(try await serve(on: group))
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
        sessions.stop()
        shutdown.continuation.finish()
    }

    private func finish() {
        phase.withLock { $0 = .stopped }
        sessions.stop()
        for listener in listeners { listener.socket.remove() }
    }

    private var listeners: [APIListener] { [site] + (agents.map { [$0] } ?? []) }

    private var services: [any RegistrableRPCService] {
        var services: [any RegistrableRPCService] = [
            PlatformService(
                platform: platform, limits: configuration.limits, quotas: configuration.accounts.quotas,
                hasVendors: administration != nil, protects: configuration.protection != nil,
                inspects: configuration.integrity != nil),
            EventsService(
                platform: platform, limits: configuration.limits, sessions: sessions,
                accounts: configuration.accounts),
            AuthorizerService(platform: platform, sessions: sessions),
            PoliciesService(platform: platform, limits: configuration.limits, logger: logger),
            ProcessesService(platform: platform, limits: configuration.limits),
            ProtectionService(platform: configuration.protection, limits: configuration.limits),
            IntegrityService(
                calls: KernelCalls(
                    service: "Integrity", platform: configuration.integrity, accounts: configuration.accounts),
                limits: configuration.limits, sessions: sessions),
            InspectionService(
                calls: KernelCalls(
                    service: "Inspection", platform: configuration.integrity, accounts: configuration.accounts),
                limits: configuration.limits),
        ]
        if let administration { services.append(VendorsService(administration: administration)) }
        return services
    }

    private func serve(on group: MultiThreadedEventLoopGroup) async throws {
        let servers = try listeners.compactMap { listener in
            try listener.server(
                services, calls: calls,
                interceptors: listener === agents ? configuration.agentInterceptors : [], on: group)
        }
        let grace = configuration.shutdownGrace
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for server in servers {
                tasks.addTask {
                    do {
                        try await server.serve()
                    } catch let error as RuntimeError where error.code == .serverIsStopped {
                        // Shut down between the check above and this task's start.
                    }
                }
            }
            tasks.addTask { [shutdown, listeners] in
                for await _ in shutdown.stream {}
                for server in servers { server.beginGracefulShutdown() }
                // Not only the tasks: a client that is stopped reads nothing, and gRPC waits for it to take its leave.
                defer { for listener in listeners { listener.peers.closeAll() } }
                try await Task.sleep(for: grace)
            }
            defer { tasks.cancelAll() }
            // A server that ends, ends all: half an API is none.
            for _ in servers { try await tasks.next() }
        }
    }
}
