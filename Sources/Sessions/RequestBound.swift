// SPDX-License-Identifier: Apache-2.0

import GRPCCore
import NIOCore
import NIOHPACK
import NIOHTTP2
import SallyportAPI

/// Breaks off a call whose request is larger than its method may have.
///
/// gRPC knows one bound for all methods. That is the one of `Apply`, whose lists of digests are long; nobody may make the
/// server hold as much for a call that has nothing to say.
final class RequestBound: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    /// Before a message stand five bytes: whether it is compressed, and its length.
    private static let framing = 5
    private static let applyPath = "/" + Sallyport_V1_Policies.Method.Apply.descriptor.fullyQualifiedMethod

    private let limits: APILimits
    /// Bytes that may still come; `nil` before the headers, and once the call was broken off.
    private var left: Int?

    init(limits: APILimits) {
        self.limits = limits
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let frame):
            // Trailers have no path, and don't come before it.
            if let path = frame.headers.first(name: ":path") {
                left = Self.framing + (path == Self.applyPath ? limits.largestPolicyRequest : limits.messageSize)
            }
        case .data(let frame):
            guard let allowed = left else { return }
            guard frame.data.readableBytes <= allowed else {
                left = nil
                context.writeAndFlush(wrapOutboundOut(.rstStream(.enhanceYourCalm)), promise: nil)
                return
            }
            left = allowed - frame.data.readableBytes
        default: break
        }
        context.fireChannelRead(data)
    }
}
