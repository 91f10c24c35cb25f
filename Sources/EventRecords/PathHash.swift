// SPDX-License-Identifier: Apache-2.0

import KernelABI

/// What the kernel's programs find mutes of paths by: numbers that user space computes as they do.
package struct PathHash: Sendable {
    private let keys: (UInt64, UInt64)

    /// - Parameter keys: secret, from 2 below 2^31 − 1: who doesn't know them can't make two paths collide.
    package init(keys: (UInt64, UInt64)) {
        self.keys = keys
    }

    /// The hash of a path; a slash at its end doesn't count, so that the root is the empty path (`SP_HASH_STEP`).
    package func callAsFunction(_ path: [UInt8]) -> UInt64 {
        var bytes = path[...]
        while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        var (first, second): (UInt64, UInt64) = (0, 0)
        for byte in bytes {
            first = Self.step(first, keys.0, byte)
            second = Self.step(second, keys.1, byte)
        }
        return first << 32 | second
    }

    private static func step(_ hash: UInt64, _ key: UInt64, _ byte: UInt8) -> UInt64 {
        fold(fold(hash &* key &+ UInt64(byte) &+ 1))
    }

    private static func fold(_ number: UInt64) -> UInt64 { number & UInt64(SP_HASH_PRIME) &+ number >> 31 }

    /// The key of an executable in the kernel's map `programs`; `nil` for a path that isn't kept there.
    package static func program(_ path: [UInt8]) -> UInt64? {
        guard !path.isEmpty, path.count < Int(SP_PROGRAM_PATH) else { return nil }
        var hash = UInt64(path.count)
        for word in 0...path.count / 8 {
            var value: UInt64 = 0
            for (place, byte) in path[(word * 8)..<min(path.count, word * 8 + 8)].enumerated() {
                value |= UInt64(byte) << UInt64(place * 8)
            }
            hash = (hash ^ value) &* 0x9e37_79b9_7f4a_7c15
            hash ^= hash >> 29
        }
        // Numbers below are reasons why there is none.
        return hash | UInt64(SP_PROGRAM_KEYS)
    }
}
