// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import KernelImage

struct KernelConstantsTests {
    @Test func `read-only data is compared but for what is written at start`() throws {
        let image = try KernelImage(SyntheticKernel().elf())
        let constants = try image.constants(slide: 0x20_0000)
        let start = constants.addresses.lowerBound
        #expect(start == SyntheticKernel.base + 0x20_0000 + UInt64(SyntheticKernel.rodata))
        let size = Int(constants.addresses.upperBound - start)
        var running = [UInt8](
            SyntheticKernel().elf()[0x1000 + SyntheticKernel.rodata..<0x1000 + SyntheticKernel.rodata + size])
        func differences() -> [UInt64] {
            constants.compare(running.span.bytes, at: start).unexplained.map { $0.address - start }
        }
        #expect(differences() == [])
        // A comma of the options that a processor's quirk takes apart, the tables, and what may not change.
        running[4] = 0
        running[64] ^= 1
        #expect(differences() == [])
        running[4] = 1
        running[32] ^= 1
        running[size - 1] ^= 1
        #expect(differences() == [4, 32, UInt64(size - 1)])
        #expect(constants.coverage.total == size)
        #expect(constants.coverage.notCompared == 2 * 16 + 3 * 8 + 3 * 8)
    }
}
