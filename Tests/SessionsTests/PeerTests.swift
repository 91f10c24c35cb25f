// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Glibc
import Sallyport
import SallyportAPI
import Sessions
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PeerTests {
    @Test func `Who isn't root is refused with a reason and a sentence, and the platform never hears of it`()
        async throws
    {
        let platform = FakePlatform()
        try await withServer(platform, configure: { $0.peerPolicy = PeerPolicy { _ in false } }) { client, server in
            let status = await #expect(throws: SallyportError.self) { try await client.status() }
            #expect(status?.code == .permissionDenied)
            #expect(status?.reason == "root-only")
            #expect(status?.message.contains("process \(getpid())") == true)
            let applied = await #expect(throws: SallyportError.self) {
                try await client.applyPolicies([try Samples.policy("p")])
            }
            #expect(applied?.reason == "root-only")
            let watched = await #expect(throws: SallyportError.self) { _ = try await client.events() }
            #expect(watched?.reason == "root-only")
            #expect(server.counters.peersRefused == 3)
            #expect(server.counters.calls == 0)
            #expect(platform.calls == 0)
            #expect(platform.subscriptions.isEmpty)
        }
    }

    @Test func `Unless it is configured otherwise only root is admitted`() {
        let policy = APIServer.Configuration(socketPath: "/s").peerPolicy
        #expect(policy.admits(Peer(pid: 1, uid: 0, gid: 5)))
        #expect(!policy.admits(Peer(pid: 1, uid: 1000, gid: 0)))
    }

    @Test func `The peer is this process as the kernel sees it`() async throws {
        let seen = Mutex<Peer?>(nil)
        let policy = PeerPolicy { peer in
            seen.withLock { $0 = peer }
            return true
        }
        try await withServer(configure: { $0.peerPolicy = policy }) { client, _ in _ = try await client.status() }
        #expect(seen.withLock { $0 } == Peer(pid: getpid(), uid: getuid(), gid: getgid()))
    }

    @Test func `A forged peer header is replaced by the connection's own`() async throws {
        try await withServer { _, server in
            let transport = try HTTP2ClientTransport.Posix(
                target: .unixDomainSocket(path: server.path), transportSecurity: .plaintext)
            try await withGRPCClient(transport: transport) { client in
                // Were it believed, the call would fail: there is no connection of that number.
                let response = try await Sallyport_V1_Platform.Client(wrapping: client)
                    .getStatus(Sallyport_V1_GetStatusRequest(), metadata: ["sallyport-peer": "4711"])
                #expect(response.status.version == Samples.status.version)
            }
        }
    }

    @Test func `An operation that this version doesn't know is refused, not ignored`() async throws {
        try await withServer { _, server in
            let transport = try HTTP2ClientTransport.Posix(
                target: .unixDomainSocket(path: server.path), transportSecurity: .plaintext)
            try await withGRPCClient(transport: transport) { client in
                var request = Sallyport_V1_WatchRequest()
                request.operations = [.processExec, .UNRECOGNIZED(999)]
                let refusal: RPCError? = try await Sallyport_V1_Events.Client(wrapping: client).watch(request) {
                    response in
                    if case .failure(let error) = response.accepted { error } else { nil }
                }
                let error = try #require(refusal)
                #expect(error.code == .invalidArgument)
                #expect(Array(error.metadata[stringValues: "sallyport-reason"]) == ["request-invalid"])
            }
        }
    }

    @Test func `Connections above the limit are closed and counted`() async throws {
        try await withServer(configure: { $0.limits.connections = 1 }) { client, server in
            _ = try await client.status()
            let error = await #expect(throws: SallyportError.self) {
                try await SallyportClient.withConnection(to: server.path) { try await $0.status() }
            }
            #expect(error?.code == .unreachable)
            #expect(server.counters.connectionsRefused >= 1)
            #expect(server.counters.connections == 1)
            #expect(try await client.status() == Samples.status)
        }
    }
}
