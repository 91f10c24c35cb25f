// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import Handover
import LinuxSystem

/// Packets at the hand-over socket: an even first byte is what a client sends, an odd one what a client is sent.
struct HandoverTarget: FuzzTarget {
    let name = "handover"

    private static let path = "/tmp/fuzz-handover-\(getpid())"
    /// One that gives rings to nobody: it has no tokens.
    private static let server: HandoverServer = {
        let server = HandoverServer(path: path)
        try! server.listen()
        _ = try! SystemThread(name: "handover") { server.run() }
        return server
    }()
    /// A server's end that sends what it is told, with a descriptor.
    private static let impostor: Int32 = {
        let descriptor = clinux_listen_packets(path + "-impostor", 0o600)
        precondition(descriptor >= 0)
        return descriptor
    }()

    func samples() throws -> [[UInt8]] {
        [
            [0] + [UInt8](repeating: 7, count: HandoverToken.size),
            [1] + [4, 0, 0, 0, 0, 16, 0, 0] + [UInt8](repeating: 0, count: 8),
        ]
    }

    func decode(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        if first.isMultiple(of: 2) { show(Array(bytes.dropFirst())) } else { take(Array(bytes.dropFirst())) }
    }

    /// Whatever it is shown, the server gives nothing, and closes.
    private func show(_ bytes: [UInt8]) {
        let connection = clinux_connect_packets(Self.server.path, 3000)
        precondition(connection >= 0, "the server doesn't accept any more")
        defer { close(connection) }
        // With no bytes there is no packet.
        guard !bytes.isEmpty, send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return }
        var packet = [UInt8](repeating: 0, count: 64)
        var descriptor: Int32 = -1
        let count = clinux_receive_descriptor(connection, &packet, 64, &descriptor)
        precondition(count <= 0 && descriptor < 0, "a ring for a token that was never given")
    }

    private func take(_ bytes: [UInt8]) {
        let impostor = Self.impostor
        let answering = try? SystemThread(name: "impostor") {
            // Not for ever: a client that doesn't come is one that has failed.
            var waiting = pollfd(fd: impostor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 3000) > 0 else { return }
            let connection = clinux_accept(impostor)
            guard connection >= 0 else { return }
            var ring: [Int32] = [0, 0]
            if pipe(&ring) == 0 {
                _ = clinux_send_descriptor(connection, bytes, UInt(bytes.count), ring[1])
                for end in ring { close(end) }
            }
            close(connection)
        }
        guard let token = HandoverToken([UInt8](repeating: 1, count: HandoverToken.size)) else { return }
        _ = try? HandoverClient.take(token, at: Self.path + "-impostor")
        answering?.join()
    }
}
