// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Glibc
import Logging
import Sallyport
import Sessions
import Synchronization
import VendorCertificates

/// An authority, the platform's certificate, and vendors' credentials by it.
struct TestSite {
    let authority: CertificateAuthority
    let server: ServerCredentials
    static let now = Int64(time(nil))

    init() throws {
        authority = try CertificateAuthority.create(name: "Test site", now: Self.now)
        let key = SigningKey(.p256)
        let certificate = try authority.issueServer(key: key, validity: Validity(now: Self.now, lifetime: 3600))
        server = ServerCredentials(
            certificateChain: certificate.pem, privateKey: key.pem, authority: authority.certificate.pem)
    }

    func credentials(
        _ name: String, algorithm: KeyAlgorithm = .p256, _ entitlements: [String] = ["notify:*", "ask:*"]
    ) throws -> VendorCredentials {
        let key = SigningKey(algorithm)
        let granted = try Entitlements(words: entitlements)
        let request = try SigningRequest(name: name, key: key, entitlements: granted)
        let certificate = try authority.issueVendor(
            name: name, request: request, entitlements: granted, executables: [],
            validity: Validity(now: Self.now, lifetime: 3600))
        return VendorCredentials(
            certificateChain: certificate.pem, privateKey: key.pem, authority: authority.certificate.pem)
    }
}

/// Admits by the certificate alone, as far as a test doesn't say otherwise.
final class TestAdmission: VendorAdmission {
    let site: TestSite
    private let refusal = Mutex<PlatformError?>(nil)
    private let seen = Mutex<[Peer]>([])

    init(_ site: TestSite) { self.site = site }

    var peers: [Peer] { seen.withLock { $0 } }

    /// From now on nobody may stay.
    func refuse(_ error: PlatformError) { refusal.withLock { $0 = error } }

    func admit(_ chain: [[UInt8]], peer: Peer) async throws(PlatformError) -> AdmittedPeer {
        seen.withLock { $0.append(peer) }
        if let refusal = refusal.withLock({ $0 }) { throw refusal }
        switch await CertificateChain.verify(chain, authority: site.authority.certificate, now: Int64(time(nil))) {
        case .success(let chain):
            let vendor = VendorIdentity(name: chain.name, entitlements: chain.leaf.entitlements)
            return AdmittedPeer(vendor: vendor) { self.refusal.withLock { $0 } }
        case .failure(let refusal):
            throw PlatformError(PlatformError.Code(rawValue: refusal.code.rawValue), refusal.message)
        }
    }
}

/// A server with a socket for agents, and what a test needs to connect to it.
struct AgentServer: Sendable {
    let platform: FakePlatform
    let site: TestSite
    let admission: TestAdmission
    let server: APIServer
    let socketPath: String

    func connect<Result: Sendable>(
        _ credentials: VendorCredentials, _ body: (SallyportClient) async throws -> Result
    ) async throws -> Result {
        try await SallyportClient.withConnection(
            to: socketPath, credentials: credentials, timeout: .seconds(10), body)
    }
}

func withAgentServer<Result: Sendable>(
    _ platform: FakePlatform = FakePlatform(), configure: (inout APIServer.Configuration) -> Void = { _ in },
    _ body: (AgentServer) async throws -> Result
) async throws -> Result {
    let site = try TestSite()
    let admission = TestAdmission(site)
    return try await withSocketPath { path in
        let agents = path + "a"
        defer { for name in [agents, agents + ".lock"] { unlink(name) } }
        let server = try makeServer(platform, path) {
            configure(&$0)
            $0.agents = APIServer.Agents(socketPath: agents, credentials: site.server, admission: admission)
        }
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await server.run() }
            defer { server.beginGracefulShutdown() }
            return try await body(
                AgentServer(
                    platform: platform, site: site, admission: admission, server: server, socketPath: agents))
        }
    }
}
