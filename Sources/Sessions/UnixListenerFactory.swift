// SPDX-License-Identifier: Apache-2.0

import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOPosix
import NIOSSL

/// Accepts connections on a Unix socket that listens already, by TLS 1.3 or as they are.
///
/// gRPC's own factory takes TLS 1.2 as well, and no Ed25519 keys: BoringSSL verifies those only where it is told to.
struct UnixListenerFactory: HTTP2ServerTransport.ListenerFactory {
    let eventLoopGroup: any EventLoopGroup
    private let descriptor: Int32
    private let context: NIOSSLContext?

    /// - Parameters:
    ///   - descriptor: the listening socket; closed with the listener.
    ///   - credentials: for TLS; `nil` is none.
    init(
        descriptor: Int32, credentials: ServerCredentials?, on group: MultiThreadedEventLoopGroup
    ) throws(APIServerError) {
        self.descriptor = descriptor
        eventLoopGroup = group
        do {
            context = try credentials.map(Self.context)
        } catch {
            throw APIServerError(
                code: .credentials, message: "the platform's own certificate or key can't be used: \(error)")
        }
    }

    private static func context(_ credentials: ServerCredentials) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(credentials.certificateChain.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(credentials.privateKey.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv13
        configuration.applicationProtocols = ["h2"]
        configuration.verifySignatureAlgorithms = [.ecdsaSecp256R1Sha256, .ed25519]
        // The peer has to show a certificate; whose that is, and whether it may come in, `VendorAdmission` says: a refusal
        // there reaches the client as a reason, not as a broken handshake.
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates(
            try NIOSSLCertificate.fromPEMBytes(Array(credentials.authority.utf8)))
        return try NIOSSLContext(configuration: configuration)
    }

    func makeListeningChannel(
        listenerConfigurator: HTTP2ServerTransport.ListenerConfigurator,
        connectionConfigurator: HTTP2ServerTransport.ConnectionConfigurator
    ) async throws -> NIOAsyncChannel<HTTP2ServerTransport.ConnectionConfigurator.ConnectionChannel, Never> {
        try await ServerBootstrap(group: eventLoopGroup)
            .serverChannelInitializer { listenerConfigurator.configure(channel: $0) }
            .bind(descriptor) { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let context else { return }
                    // The handshake proves that the peer holds the key of the certificate that it shows.
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLServerHandler(
                            context: context,
                            customVerificationCallbackWithMetadata: { certificates, promise in
                                promise.succeed(
                                    .certificateVerified(
                                        VerificationMetadata(ValidatedCertificateChain(certificates))))
                            }))
                }.flatMap {
                    connectionConfigurator.configure(
                        channel: channel, tls: context == nil ? .none : .configured(requireALPN: true))
                }
            }
    }
}
