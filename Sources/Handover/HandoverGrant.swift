// SPDX-License-Identifier: Apache-2.0

/// A ring that is handed over, and how to read it; or a channel, which has nothing to tell.
public struct HandoverGrant: Sendable {
    /// The version of the records' layout (`SP_ABI_VERSION`).
    public var layout: UInt32
    /// Bytes of the ring's data.
    public var size: UInt32
    /// The stream begins behind the marker of this number.
    public var beginning: UInt64

    public init(layout: UInt32, size: UInt32, beginning: UInt64) {
        self.layout = layout
        self.size = size
        self.beginning = beginning
    }

    /// Of a channel: a ring has a layout, and bytes.
    public static let channel = HandoverGrant(layout: 0, size: 0, beginning: 0)

    /// Bytes of the packet that says so.
    static let packetSize = 16

    /// Little endian, as both ends are on one machine.
    var packet: [UInt8] {
        var bytes: [UInt8] = []
        withUnsafeBytes(of: layout.littleEndian) { bytes += $0 }
        withUnsafeBytes(of: size.littleEndian) { bytes += $0 }
        withUnsafeBytes(of: beginning.littleEndian) { bytes += $0 }
        return bytes
    }

    /// - Returns: `nil` for what isn't such a packet.
    init?(packet: [UInt8]) {
        guard packet.count == Self.packetSize else { return nil }
        self = packet.withUnsafeBytes { bytes in
            HandoverGrant(
                layout: UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)),
                size: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)),
                beginning: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }
}
