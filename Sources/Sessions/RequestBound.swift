// SPDX-License-Identifier: Apache-2.0

import GRPCCore
import NIOCore
import NIOHPACK
import NIOHTTP2
import SallyportAPI

/// Breaks off a call with a message that is larger than its method may have, or that there is no room for.
///
/// gRPC knows one bound for all methods. That is the one of `Apply`, whose lists of digests are long; nobody may make the
/// server hold as much for a call that has nothing to say. What a call says in all isn't bounded: an agent answers as
/// long as it lives.
final class RequestBound: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    /// Before a message stand five bytes: whether it is compressed, and its length.
    private static let framing = 5
    private static let applyPath = "/" + Sallyport_V1_Policies.Method.Apply.descriptor.fullyQualifiedMethod

    private let limits: APILimits
    private let budget: RequestBudget
    private let owner: () -> RequestBudget.Owner
    /// What a message may have; `nil` before the headers, and once the call was broken off.
    private var allowed: Int?
    /// Bytes of the framing that were read, and the length as far as they say.
    private var framingRead = 0
    private var length = 0
    /// Bytes of the message that are still to come.
    private var left = 0
    /// Bytes of it that are there, and on whose account.
    private var held = 0
    private var holder = RequestBudget.Owner.stranger

    /// - Parameter owner: whose the call is; asked again as long as it goes on, as that turns out meanwhile.
    init(limits: APILimits, budget: RequestBudget, owner: @escaping () -> RequestBudget.Owner) {
        self.limits = limits
        self.budget = budget
        self.owner = owner
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let frame):
            // Trailers have no path, and don't come before it.
            if let path = frame.headers.first(name: ":path") {
                allowed = path == Self.applyPath ? limits.largestPolicyRequest : limits.messageSize
            }
        case .data(let frame):
            guard let allowed else { return }
            guard case .byteBuffer(let bytes) = frame.data, take(bytes, allowed) else {
                self.allowed = nil
                release()
                budget.countRefusal()
                context.writeAndFlush(wrapOutboundOut(.rstStream(.enhanceYourCalm)), promise: nil)
                return
            }
        default: break
        }
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        release()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { release() }

    private func take(_ bytes: ByteBuffer, _ allowed: Int) -> Bool {
        var rest = bytes.readableBytesView[...]
        while let byte = rest.first {
            if left > 0 {
                let count = min(left, rest.count)
                guard hold(count) else { return false }
                rest = rest.dropFirst(count)
                left -= count
                if left == 0 { release() }
                continue
            }
            rest = rest.dropFirst()
            if framingRead > 0 { length = length << 8 | Int(byte) }
            framingRead += 1
            guard framingRead == Self.framing else { continue }
            guard length <= allowed else { return false }
            left = length
            framingRead = 0
            length = 0
        }
        return true
    }

    private func hold(_ bytes: Int) -> Bool {
        let current = owner()
        // Who it is has been found out by now: the service is called with the headers.
        guard held + bytes <= limits.messageSize || current.managesPolicy else { return false }
        if current != holder {
            let before = held
            release()
            holder = current
            guard before == 0 || budget.take(before, for: current) else { return false }
            held = before
        }
        guard budget.take(bytes, for: current) else { return false }
        held += bytes
        return true
    }

    private func release() {
        budget.release(held, of: holder)
        held = 0
    }
}
