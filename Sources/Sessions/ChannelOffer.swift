// SPDX-License-Identifier: Apache-2.0

/// A channel of packets that an agent may take its questions by.
public struct ChannelOffer: Sendable, Hashable {
    /// The hand-over socket's path.
    public var socket: String
    /// 32 bytes, good for the process that asked, once, for ten seconds.
    public var token: [UInt8]

    public init(socket: String, token: [UInt8]) {
        self.socket = socket
        self.token = token
    }
}
