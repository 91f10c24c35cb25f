// SPDX-License-Identifier: Apache-2.0

extension PathPattern {
    /// One step of a pattern.
    public enum Element: Hashable, Sendable {
        /// This byte.
        case byte(UInt8)
        /// `?`: one byte other than `/`.
        case anyByte
        /// `[a-z]`, `[!a-z]`: one byte of the set, which never holds `/`.
        case set(ByteSet)
        /// `*`: any run of bytes other than `/`, the empty one included.
        case run
        /// `**`: any run of bytes, the empty one included.
        case deepRun
        /// The `**/` of `/**/`: nothing, or any run of bytes that ends with `/`.
        case components
    }
}

/// A set of byte values.
public struct ByteSet: Hashable, Sendable {
    /// Bit b of word w stands for the byte 64w + b.
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    public init() {}

    public func contains(_ byte: UInt8) -> Bool {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: return words.0 & bit != 0
        case 1: return words.1 & bit != 0
        case 2: return words.2 & bit != 0
        default: return words.3 & bit != 0
        }
    }

    public mutating func insert(_ byte: UInt8) {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: words.0 |= bit
        case 1: words.1 |= bit
        case 2: words.2 |= bit
        default: words.3 |= bit
        }
    }

    public mutating func remove(_ byte: UInt8) {
        let bit = ~(UInt64(1) << UInt64(byte & 63))
        switch byte >> 6 {
        case 0: words.0 &= bit
        case 1: words.1 &= bit
        case 2: words.2 &= bit
        default: words.3 &= bit
        }
    }

    /// Every byte that isn't in this set.
    public var inverted: ByteSet {
        var result = ByteSet()
        result.words = (~words.0, ~words.1, ~words.2, ~words.3)
        return result
    }

    /// The members, ascending.
    public var bytes: [UInt8] { (UInt8.min...UInt8.max).filter(contains) }

    public static func == (a: ByteSet, b: ByteSet) -> Bool { a.words == b.words }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}
