// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// A subscription whose ring a process of this machine takes over, and what it takes it over with.
public struct RingOffer: Sendable {
    /// Lives as long as the ring is to be filled. `next` gives nothing: it returns `nil` when the subscription ends.
    public var subscription: any EventSubscription
    /// The hand-over socket's path.
    public var socket: String
    /// 32 bytes, good for the process that asked, once, for ten seconds.
    public var token: [UInt8]
    /// The version of the records' layout.
    public var layout: UInt32
    /// The processes that live where the stream begins.
    public var processes: [Process]

    public init(
        subscription: any EventSubscription, socket: String, token: [UInt8], layout: UInt32, processes: [Process]
    ) {
        self.subscription = subscription
        self.socket = socket
        self.token = token
        self.layout = layout
        self.processes = processes
    }
}
