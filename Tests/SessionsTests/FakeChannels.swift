// SPDX-License-Identifier: Apache-2.0

import Glibc
import Handover
import LinuxSystem
import Sessions

/// Offers agents channels, as the daemon does.
final class FakeChannels: Sendable {
    private let server: HandoverServer
    private let thread: SystemThread
    /// Whether tokens are what was issued.
    private let isHonest: Bool

    init(isHonest: Bool = true) throws {
        self.isHonest = isHonest
        let server = HandoverServer(path: "/tmp/channels-\(getpid())-\(UInt32.random(in: 0 ... .max))")
        try server.listen()
        self.server = server
        thread = try SystemThread(name: "handover") { server.run() }
    }

    func end() {
        server.stop()
        thread.join()
    }

    func offer(to pid: Int32) -> (channel: PacketChannel, offer: ChannelOffer)? {
        guard let (channel, peer) = try? PacketChannel.pair() else { return nil }
        defer { close(peer) }
        guard let token = try? server.offer(peer, .channel, to: pid) else { return nil }
        let shown = isHonest ? token.bytes : token.bytes.map { $0 ^ 1 }
        return (channel, ChannelOffer(socket: server.path, token: shown))
    }
}
