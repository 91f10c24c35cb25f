// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOSSL

/// Puts the connection's number into the headers of a stream, in place of whatever the client sent under that name.
final class PeerInjection: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = HTTP2Frame.FramePayload

    private let number: UInt64

    init(number: UInt64) {
        self.number = number
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .headers(var frame) = unwrapInboundIn(data) else {
            context.fireChannelRead(data)
            return
        }
        frame.headers.replaceOrAdd(name: PeerTable.header, value: String(number))
        context.fireChannelRead(wrapInboundOut(.headers(frame)))
    }

    /// Adds the handler in front of gRPC's own, and the bound of the request with it; closes the stream of a connection
    /// that has no peer (any more), or whose TLS is too old.
    static func install(
        on stream: any Channel, peers: PeerTable, limits: APILimits, budget: RequestBudget, isSecured: Bool
    ) -> EventLoopFuture<Void> {
        guard let connection = stream.parent, let number = peers.number(of: connection) else {
            stream.close(promise: nil)
            return stream.eventLoop.makeFailedFuture(StreamWithoutPeer())
        }
        let known = isSecured ? identify(connection, number, peers) : stream.eventLoop.makeSucceededVoidFuture()
        known.whenFailure { _ in stream.close(promise: nil) }
        return known.flatMapThrowing {
            let bound = RequestBound(limits: limits, budget: budget) {
                isSecured ? peers.admitted(number).map { .vendor($0.vendor) } ?? .stranger : .site
            }
            try stream.pipeline.syncOperations.addHandlers([bound, PeerInjection(number: number)], position: .first)
        }
    }

    /// Notes the certificates of the connection's peer, once.
    private static func identify(
        _ connection: any Channel, _ number: UInt64, _ peers: PeerTable
    ) -> EventLoopFuture<Void> {
        if peers.chain(number) != nil { return connection.eventLoop.makeSucceededVoidFuture() }
        return connection.nioSSL_tlsVersion().flatMap { version -> EventLoopFuture<ValidatedCertificateChain?> in
            guard version == .tlsv13 else {
                connection.close(promise: nil)
                return connection.eventLoop.makeFailedFuture(TLSTooOld())
            }
            return connection.nioSSL_peerValidatedCertificateChain()
        }.flatMapThrowing { chain in
            var encoded: [[UInt8]] = []
            for certificate in chain.map({ [NIOSSLCertificate]($0) }) ?? [] {
                encoded.append(try certificate.toDERBytes())
            }
            peers.note(chain: encoded, of: number)
        }
    }
}

private struct StreamWithoutPeer: Error {}
private struct TLSTooOld: Error {}
