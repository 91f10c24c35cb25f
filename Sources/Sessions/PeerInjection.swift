// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHPACK
import NIOHTTP2

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
    /// that has no peer (any more).
    static func install(on stream: any Channel, peers: PeerTable, limits: APILimits) -> EventLoopFuture<Void> {
        guard let connection = stream.parent, let number = peers.number(of: connection) else {
            stream.close(promise: nil)
            return stream.eventLoop.makeFailedFuture(StreamWithoutPeer())
        }
        return stream.eventLoop.makeCompletedFuture {
            try stream.pipeline.syncOperations.addHandlers(
                [RequestBound(limits: limits), PeerInjection(number: number)], position: .first)
        }
    }
}

private struct StreamWithoutPeer: Error {}
