// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import KernelImage

/// Files that are cut, or in which bytes were changed: whatever comes of them, it is a value or an error, not a trap.
struct HostileImageTests {
    private func read(_ file: [UInt8]) {
        guard let image = try? KernelImage(file) else { return }
        for slide in [0, 0x20_0000] as [UInt64] {
            guard let text = try? image.text(slide: slide) else { continue }
            _ = text.coverage
            _ = text.sites(in: text.addresses)
            // Differs nearly everywhere: each place is looked at.
            let running = text.text.map { $0 ^ 0x55 }
            _ = text.compare(running.span.bytes, at: text.addresses.lowerBound)
            _ = try? image.constants(slide: slide)
        }
    }

    @Test func `an unpacked kernel may end anywhere`() {
        let file = SyntheticKernel().elf()
        for length in stride(from: 0, to: file.count, by: 2039) { read(Array(file[..<length])) }
    }

    @Test(arguments: Packing.allCases)
    func `a packed kernel may end anywhere`(packing: Packing) {
        let file = SyntheticKernel.bootImage(payload: packing.pack(SyntheticKernel().elf()))
        for length in stride(from: 0, to: file.count, by: max(1, file.count / 50)) { read(Array(file[..<length])) }
    }

    @Test(arguments: Packing.allCases)
    func `a packed kernel may have any bytes`(packing: Packing) {
        let file = SyntheticKernel.bootImage(payload: packing.pack(SyntheticKernel().elf()))
        var random = SmallGenerator(state: 0x5a11)
        for _ in 0..<60 {
            var changed = file
            // The sizes in the header and at the end more often than the rest.
            let places = [Int(random.next() % UInt64(file.count)), 0x248 + Int(random.next() % 8), file.count - 1]
            changed[places[Int(random.next() % 3)]] = UInt8(truncatingIfNeeded: random.next())
            read(changed)
        }
    }

    @Test(arguments: SyntheticKernel.SymbolEncoding.allCases, [true, false])
    func `an unpacked kernel may have any bytes`(encoding: SyntheticKernel.SymbolEncoding, hasFlags: Bool) {
        let file = SyntheticKernel(encoding: encoding, hasFlags: hasFlags).elf()
        var random = SmallGenerator(state: 0x0dd)
        // Headers of the ELF file, its sections, its tables, and the relocations: not the text.
        let parts = [0..<64, 0x1000 + SyntheticKernel.rodata..<0x6000, 0xb000..<0xc000, 0xe000..<file.count]
        for _ in 0..<80 {
            var changed = file
            for _ in 0...random.next() % 3 {
                let part = parts[Int(random.next() % UInt64(parts.count))]
                let place = part.lowerBound + Int(random.next() % UInt64(part.count))
                changed[place] = [0, 1, 0x7f, 0x80, 0xff, UInt8(truncatingIfNeeded: random.next())].randomElement(
                    using: &random)!
            }
            read(changed)
        }
    }

    @Test func `a listing of symbols may have any bytes`() {
        let listing = Array("ffffffff81000000 T _text\nffffffffc0000000 t helper\t[overlay]\n".utf8)
        var random = SmallGenerator(state: 0x1157)
        for _ in 0..<2000 {
            var changed = Array(listing[..<Int(random.next() % UInt64(listing.count))])
            if !changed.isEmpty {
                changed[Int(random.next() % UInt64(changed.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            _ = try? KernelSymbolTable(listing: changed)
        }
    }
}

/// xorshift64*: the same bytes in each run.
private struct SmallGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_f491_4f6c_dd1d
    }
}
