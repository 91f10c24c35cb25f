// SPDX-License-Identifier: Apache-2.0

import KernelImage
import Testing

@Suite struct PackedModuleTests {
    /// Of more than one piece, and not all of a kind.
    private static let module =
        [0x7f, 0x45, 0x4c, 0x46] + (0..<700_000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 7) }

    /// As a module's file is: without the size that a kernel has behind it.
    private static func pack(_ packing: Packing, _ bytes: [UInt8]) -> [UInt8] {
        packing == .gzip ? packing.pack(bytes) : packing.pack(bytes).dropLast(4)
    }

    @Test(arguments: [Packing.xz, .zstd, .gzip])
    func `A packed module is what it was`(packing: Packing) throws {
        #expect(try PackedModule.unpack(Self.pack(packing, Self.module)) == Self.module)
        #expect(try PackedModule.unpack(Self.pack(packing, [])) == [])
    }

    @Test func `What isn't packed is taken as it is`() throws {
        #expect(try PackedModule.unpack(Self.module) == Self.module)
        #expect(try PackedModule.unpack([]) == [])
    }

    @Test(arguments: [Packing.xz, .zstd, .gzip])
    func `What is cut, changed or followed by something isn't unpacked`(packing: Packing) {
        let packed = Self.pack(packing, Self.module)
        var changed = packed
        changed[packed.count / 2] ^= 1
        for bad in [packed.dropLast(), Array(packed.prefix(40)), packed + [0], packed + packed, changed] {
            // zstd has no checksum unless it is asked for: a changed byte may make other bytes.
            if let unpacked = try? PackedModule.unpack(Array(bad)) {
                #expect(packing == .zstd && bad == changed && unpacked != Self.module)
            }
        }
    }
}
