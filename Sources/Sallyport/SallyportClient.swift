// SPDX-License-Identifier: Apache-2.0

import APIValues
public import EndpointModel
import FoundationEssentials
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Glibc
import Handover
import KernelABI
import LinuxSystem
import NIOCore
import NIOPosix
import SallyportAPI
import SwiftProtobuf

/// A connection to the platform on this machine.
///
/// ```swift
/// try await SallyportClient.withConnection { client in
///     for try await element in try await client.events(EventFilter(operations: [.processExec])) {
///         switch element {
///         case .event(let event): print(event.subject.exe.text)
///         case .gap(let gap): print("\(gap.total) events were lost")
///         case .process, .sync: break
///         }
///     }
/// }
/// ```
///
/// All calls may be made at the same time from any task; cancelling a task cancels its call. Failures are
/// `SallyportError`s. A connection that breaks is made anew for the next call; a stream of events ends with an error
/// instead, because what happened in between is lost.
public final class SallyportClient: Sendable {
    /// Where the platform listens for the machine's operator, unless it was configured otherwise.
    public static let defaultSocketPath = "/run/sallyport/sallyportd.sock"
    /// Where the platform listens for vendors' agents, unless it was configured otherwise.
    public static let defaultAgentSocketPath = "/run/sallyport/agents.sock"
    /// Where an agent connects to unless it says: what `SALLYPORT_AGENTS_SOCKET` names, as `sallyport run` sets it, or the
    /// default.
    package static var agentSocketPath: String {
        getenv("SALLYPORT_AGENTS_SOCKET").map { String(cString: $0) } ?? defaultAgentSocketPath
    }
    /// How this library calls itself to the platform.
    static let name = "sallyport-swift/0.1.0"

    /// Bytes of policies in one request, as the platform's limit `policy-size` has it. The platform takes a quarter more.
    static let policySizeLimit = 64 << 20
    /// Bytes of any other message. Those of a stream are far smaller, unless a single element isn't.
    static let messageSizeLimit = 32 << 20

    /// Moves the bytes of all clients of the process: one thread carries about half a million events a second. It lives
    /// as long as the process, because calls that are cut off still need it for a moment after their client has ended.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// The longest path that the transport can address; the kernel's own limit is 107.
    static let pathLimit = 103

    /// The socket that this client connects to.
    public let socketPath: String
    typealias Transport = HTTP2ClientTransport.Posix
    let client: GRPCClient<Transport>
    let callOptions: CallOptions
    /// For calls that carry policies, which may be large.
    private let policyOptions: CallOptions

    /// Prepares a connection; nothing is sent before `run`.
    ///
    /// - Parameters:
    ///   - socketPath: The platform's socket, at most 103 bytes: with credentials the agents', without the operator's.
    ///   - credentials: The vendor's that this process is an agent of; `nil` for the machine's operator.
    ///   - timeout: How long a call may take before it fails as unreachable; a stream of events may last forever.
    /// - Throws: `SallyportError` when the path can't be a socket's.
    public init(
        socketPath: String? = nil, credentials: VendorCredentials? = nil, timeout: Duration = .seconds(30)
    ) throws(SallyportError) {
        let socketPath = socketPath ?? (credentials == nil ? Self.defaultSocketPath : Self.agentSocketPath)
        guard !socketPath.isEmpty, socketPath.utf8.count <= Self.pathLimit, !socketPath.utf8.contains(0) else {
            throw SallyportError(
                .unreachable,
                "a socket's path has 1 to \(Self.pathLimit) bytes, this one has \(socketPath.utf8.count): \(socketPath)"
            )
        }
        self.socketPath = socketPath
        var options = CallOptions.defaults
        options.timeout = timeout
        // The transport bounds responses by the first of the two.
        options.maxRequestMessageBytes = Self.messageSizeLimit
        options.maxResponseMessageBytes = Self.messageSizeLimit
        callOptions = options
        options.maxRequestMessageBytes = Self.policySizeLimit + Self.policySizeLimit / 4
        options.maxResponseMessageBytes = Self.policySizeLimit + Self.policySizeLimit / 4
        policyOptions = options
        do {
            client = GRPCClient(
                transport: try HTTP2ClientTransport.Posix(
                    target: .unixDomainSocket(path: socketPath), transportSecurity: Self.security(credentials),
                    config: .defaults { config in
                        // 63 µs a round trip instead of 375 (measured).
                        config.connection.flushCoalescing = nil
                        // A platform that was restarted is back in seconds, and on this machine a try costs nothing.
                        config.backoff = .init(
                            initial: .milliseconds(100), max: .seconds(2), multiplier: 1.6, jitter: 0.2)
                        config.channelDebuggingCallbacks.onCreateTCPConnection = Self.keepToItself
                    }, eventLoopGroup: Self.group))
        } catch {
            throw SallyportError(error, socketPath: socketPath)
        }
    }

    /// Connects, runs `body` and disconnects. Calls that `body` left behind are cut off. `body` runs where the caller does,
    /// on its actor.
    ///
    /// - Throws: what `body` throws; failing to connect is the error of the first call that is made.
    public static func withConnection<Result: Sendable>(
        to socketPath: String? = nil, credentials: VendorCredentials? = nil, timeout: Duration = .seconds(30),
        isolation: isolated (any Actor)? = #isolation, _ body: (SallyportClient) async throws -> Result
    ) async throws -> Result {
        let client = try SallyportClient(socketPath: socketPath, credentials: credentials, timeout: timeout)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await client.run() }
            defer { tasks.cancelAll() }
            return try await body(client)
        }
    }

    /// What an agent does that is a process of its own: `body`, connected with the credentials of the environment. What `body`
    /// throws ends the process with status 1, and a line on standard error says why.
    public static func runAgent(
        isolation: isolated (any Actor)? = #isolation, _ body: (SallyportClient) async throws -> Void
    ) async {
        do {
            try await withConnection(credentials: .fromEnvironment(), body)
        } catch {
            let name = CommandLine.arguments.first?.split(separator: "/").last ?? "agent"
            let line = "\(name): \(error)\n"
            _ = write(STDERR_FILENO, line, line.utf8.count)
            exit(1)
        }
    }

    /// Keeps the connection until `close` or until the task is cancelled. Call it once; `withConnection` does so.
    public func run() async throws(SallyportError) {
        do {
            try await client.runConnections()
        } catch {
            throw SallyportError(error, socketPath: socketPath)
        }
    }

    /// Has the connection closed in what this process executes: a child that had it, too, would be taken for this agent, and
    /// keep its subscriptions alive when it has left.
    private static func keepToItself(_ connection: any Channel) -> EventLoopFuture<Void> {
        guard let options = connection as? any SocketOptionProvider else {
            return connection.eventLoop.makeSucceededVoidFuture()
        }
        let cookie: EventLoopFuture<UInt64> = options.unsafeGetSocketOption(
            level: .socket, name: .init(rawValue: SocketCookie.option))
        return cookie.map { _ = SocketCookie($0).closeOnExecution() }.recover { _ in }
    }

    private static func security(_ credentials: VendorCredentials?) -> HTTP2ClientTransport.Posix.TransportSecurity {
        guard let credentials else { return .plaintext }
        return .tls(
            .mTLS(
                certificateChain: [.bytes(Array(credentials.certificateChain.utf8), format: .pem)],
                privateKey: .bytes(Array(credentials.privateKey.utf8), format: .pem)
            ) { config in
                config.trustRoots = .certificates([.bytes(Array(credentials.authority.utf8), format: .pem)])
                // The name is the socket's path, in a directory that only root can write. The platform's certificate is
                // told from a vendor's by what it may be used for (serverAuth).
                config.serverCertificateVerification = .noHostnameVerification
            })
    }

    /// Ends `run` as soon as the calls in flight have ended. Later calls fail.
    public func close() {
        client.beginGracefulShutdown()
    }

    // MARK: - The platform

    /// Who the platform is, whom it takes this process for, and what this process may do.
    public func greet() async throws(SallyportError) -> Greeting {
        try await calling {
            let response = try await Sallyport_V1_Platform.Client(wrapping: client)
                .greet(.with { $0.client = Self.name }, options: callOptions)
            return try Greeting(response)
        }
    }

    /// How the platform is doing.
    public func status() async throws(SallyportError) -> PlatformStatus {
        try await calling {
            let response = try await Sallyport_V1_Platform.Client(wrapping: client)
                .getStatus(Sallyport_V1_GetStatusRequest(), options: callOptions)
            return try PlatformStatus(response.status)
        }
    }

    /// What this machine's kernel lets the platform see and stop.
    public func coverage() async throws(SallyportError) -> Coverage {
        try await calling {
            let response = try await Sallyport_V1_Platform.Client(wrapping: client)
                .getCoverage(Sallyport_V1_GetCoverageRequest(), options: callOptions)
            return try Coverage(response.coverage)
        }
    }

    // MARK: - Policies

    /// Installs policies beside those in force, replacing the ones of the same name: all of them or none.
    ///
    /// - Returns: what is in force from now on; when it returns, the kernel decides by it.
    /// - Throws: `SallyportError` with code `refused`; what was in force stays in force then.
    public func applyPolicies(_ policies: [Policy]) async throws(SallyportError) -> PolicyReceipt {
        try await calling {
            // Checked here as well, because the platform's transport breaks off what is far too large without a word.
            let size = policies.reduce(0) { $0 + $1.messageSize }
            guard size <= Self.policySizeLimit else {
                throw SallyportError(
                    .refused, reason: "request-limit",
                    "\(size) bytes of policies exceed the limit policy-size of \(Self.policySizeLimit); apply fewer at once"
                )
            }
            let response = try await Sallyport_V1_Policies.Client(wrapping: client)
                .apply(.with { $0.policies = policies.map(Sallyport_V1_Policy.init) }, options: policyOptions)
            return PolicyReceipt(response.receipt)
        }
    }

    /// Puts the policies of a bundle that the site's authority signed in force in place of all of the site's; vendors' stay.
    ///
    /// - Throws: `refused` with the reason `bundle-refused` for another signature or a version that isn't higher than the
    ///   last, `sealed` where the platform is frozen.
    public func applyPolicies(_ bundle: SignedPolicyBundle) async throws(SallyportError) -> PolicyReceipt {
        try await calling {
            let response = try await Sallyport_V1_Policies.Client(wrapping: client)
                .applyBundle(
                    .with { $0.bundle = Sallyport_V1_SignedPolicyBundle(bundle) }, options: policyOptions)
            return PolicyReceipt(response.receipt)
        }
    }

    /// Removes a policy. - Throws: `refused` with the reason `policy-not-found` when there is none of that name.
    public func removePolicy(named name: String) async throws(SallyportError) -> PolicyReceipt {
        try await calling {
            let response = try await Sallyport_V1_Policies.Client(wrapping: client)
                .remove(.with { $0.name = name }, options: callOptions)
            return PolicyReceipt(response.receipt)
        }
    }

    /// All policies in force.
    public func policies() async throws(SallyportError) -> [InstalledPolicy] {
        try await calling {
            try await Sallyport_V1_Policies.Client(wrapping: client)
                .list(Sallyport_V1_ListPoliciesRequest(), options: policyOptions) { response in
                    var policies: [InstalledPolicy] = []
                    for try await batch in response.messages {
                        for policy in batch.policies { policies.append(try InstalledPolicy(policy)) }
                    }
                    return policies
                }
        }
    }

    /// One policy in force. - Throws: `refused` with the reason `policy-not-found` when there is none of that name.
    public func policy(named name: String) async throws(SallyportError) -> InstalledPolicy {
        try await calling {
            let response = try await Sallyport_V1_Policies.Client(wrapping: client)
                .get(.with { $0.name = name }, options: policyOptions)
            return try InstalledPolicy(response.policy)
        }
    }

    // MARK: - Processes

    /// The living processes, in order of start.
    public func processes() async throws(SallyportError) -> [Process] {
        try await calling {
            try await Sallyport_V1_Processes.Client(wrapping: client)
                .list(Sallyport_V1_ListProcessesRequest(), options: callOptions) { response in
                    var processes: [Process] = []
                    for try await batch in response.messages {
                        for process in batch.processes { processes.append(try Process(process)) }
                    }
                    return processes
                }
        }
    }

    // MARK: - Events

    /// Subscribes to events. When it returns the subscription is in force: what happens from now on is in the stream.
    ///
    /// The subscription ends when the stream and its iterators are released.
    public func events(_ filter: EventFilter = EventFilter()) async throws(SallyportError) -> EventStream {
        let call = WatchCall(
            Sallyport_V1_Events.Client(wrapping: client), Sallyport_V1_WatchRequest(filter), callOptions)
        return try await calling {
            EventStream(call: call, messages: try await call.opened(), socketPath: socketPath)
        }
    }

    /// Events for as long as the task isn't cancelled: when the platform stops or breaks off, this subscribes anew as soon
    /// as it is back, and puts a gap of place `connection` before what follows. Waits for a platform that isn't there yet.
    public func followEvents(_ filter: EventFilter = EventFilter()) -> FollowedEvents {
        FollowedEvents(client: self, filter: filter)
    }

    /// Subscribes to events and takes the ring over that the kernel puts them into: see `LocalEvents`.
    ///
    /// - Throws: `incompatible` when the platform's records are of another layout than this library's: use `events` then.
    public func localEvents(_ filter: EventFilter = EventFilter()) async throws(SallyportError) -> LocalEvents {
        let call = HandOverCall(
            Sallyport_V1_Events.Client(wrapping: client), .with { $0.watch = Sallyport_V1_WatchRequest(filter) },
            callOptions)
        return try await calling {
            let offer = try await call.opened()
            guard offer.layout == UInt32(SP_ABI_VERSION), let token = HandoverToken(Array(offer.token)) else {
                throw SallyportError(
                    .incompatible, "the platform's records have the layout \(offer.layout): use events() instead")
            }
            let processes = try offer.processes.map { process throws(ValueError) in try Process(process) }
            let (ring, grant) = try HandoverClient.take(token, at: offer.socket)
            return LocalEvents(
                call: call, ring: ring, beginning: grant.beginning, processes: processes, snapshot: filter.snapshot)
        }
    }

    /// Puts a marker into every open stream of this caller; its number. Where `StreamElement.sync` of that number arrives,
    /// all that happened before the call has arrived, or is in a gap before it.
    ///
    /// - Throws: also while one of the streams has no room for it: read it, and try again.
    @discardableResult
    public func sync() async throws(SallyportError) -> UInt64 {
        try await calling {
            try await Sallyport_V1_Events.Client(wrapping: client)
                .sync(Sallyport_V1_SyncRequest(), options: callOptions).marker
        }
    }

    func calling<Answer>(_ body: () async throws -> Answer) async throws(SallyportError) -> Answer {
        do {
            return try await body()
        } catch {
            throw SallyportError(error, socketPath: socketPath)
        }
    }
}
