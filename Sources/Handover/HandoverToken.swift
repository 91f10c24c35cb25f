// SPDX-License-Identifier: Apache-2.0

/// What somebody shows at the hand-over socket: 256 random bits that nobody else was given.
public struct HandoverToken: Sendable {
    /// Bytes of a token.
    public static let size = 32

    public let bytes: [UInt8]

    /// A new one, from the system's generator.
    init() {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        for _ in 0..<Self.size / 8 { withUnsafeBytes(of: generator.next() as UInt64) { bytes += $0 } }
        self.bytes = bytes
    }

    /// - Returns: `nil` for any other number of bytes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.size else { return nil }
        self.bytes = bytes
    }

    /// Takes as long for every other token: how far two agree can't be measured.
    func isEqual(to other: HandoverToken) -> Bool {
        zip(bytes, other.bytes).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
