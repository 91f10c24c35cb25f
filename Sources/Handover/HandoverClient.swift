// SPDX-License-Identifier: Apache-2.0

import CLinux
package import EventRing
import Glibc
package import LinuxSystem

/// The client's end of the hand-over socket.
package enum HandoverClient {
    /// Milliseconds that each step may take.
    static let patience: Int32 = 5000

    /// Shows a token and takes the ring over. Costs two packets.
    ///
    /// - Throws: `EACCES` when the platform hands nothing over for that token, to this process, now.
    package static func take(_ token: HandoverToken, at path: String) throws(Errno) -> (EventRing, HandoverGrant) {
        let (descriptor, grant) = try receive(token, at: path)
        return (try EventRing(owning: descriptor, size: Int(grant.size)), grant)
    }

    /// Shows a token and takes the end of a channel over. Costs two packets.
    ///
    /// - Throws: as above.
    package static func takeChannel(_ token: HandoverToken, at path: String) throws(Errno) -> PacketChannel {
        try PacketChannel(owning: try receive(token, at: path).descriptor)
    }

    private static func receive(
        _ token: HandoverToken, at path: String
    ) throws(Errno) -> (descriptor: Int32, grant: HandoverGrant) {
        let connection = clinux_connect_packets(path, patience)
        guard connection >= 0 else { throw Errno("connect to \(path)") }
        defer { close(connection) }
        guard send(connection, token.bytes, token.bytes.count, Int32(MSG_NOSIGNAL)) == token.bytes.count else {
            throw Errno("send a token to \(path)")
        }
        var bytes = [UInt8](repeating: 0, count: HandoverGrant.packetSize)
        var descriptor: Int32 = -1
        let count = clinux_receive_descriptor(connection, &bytes, UInt(bytes.count), &descriptor)
        guard count == bytes.count, descriptor >= 0, let grant = HandoverGrant(packet: bytes) else {
            if descriptor >= 0 { close(descriptor) }
            throw Errno("take over at \(path)", code: count < 0 ? errno : EACCES)
        }
        return (descriptor, grant)
    }
}
