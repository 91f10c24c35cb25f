// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LinuxSystem

struct KernelSymbolsTests {
    private let table = Array(
        """
        ffffffff81000000 T _text
        ffffffff82c09640 D rename_lock
        ffffffff82c096c0 D mount_lock
        ffffffff82c09700 d other_rename_lock
        ffffffffc0001000 d mount_lock\t[overlay]
        ffffffff82c0a000 b twice
        ffffffff82c0b000 d twice
        0000000000000000 D hidden
        ffffffff83209800 T late

        """.utf8)

    @Test func `symbols of the kernel's image are found by their whole names`() {
        #expect(
            KernelSymbols.addresses(of: ["rename_lock", "mount_lock", "late"], in: table) == [
                "rename_lock": 0xffff_ffff_82c0_9640, "mount_lock": 0xffff_ffff_82c0_96c0,
                "late": 0xffff_ffff_8320_9800,
            ])
    }

    @Test(arguments: ["twice", "hidden", "nowhere", "lock"])
    func `what is ambiguous, hidden or not there isn't found`(name: String) {
        #expect(KernelSymbols.addresses(of: [name], in: table).isEmpty)
    }

    @Test func `a last line without an end isn't read`() {
        #expect(KernelSymbols.addresses(of: ["cut"], in: Array("ffffffff82c09640 D cut".utf8)).isEmpty)
    }
}
