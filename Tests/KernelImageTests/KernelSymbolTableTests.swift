// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import KernelImage

struct KernelSymbolTableTests {
    private static let listing = """
        0000000000000000 A fixed_percpu_data
        ffffffff81000000 T _text
        ffffffff81000000 T _stext
        ffffffff81000040 T function
        ffffffff81000080 t twice
        ffffffff81000100 t twice
        ffffffffc0001000 t twice\t[overlay]
        ffffffffc0000000 t helper.cold\t[overlay]
        ffffffffc0002000 t bpf_prog_6deef7357e7b4530\t[bpf]

        """

    private func table(_ text: String) throws -> KernelSymbolTable { try KernelSymbolTable(listing: Array(text.utf8)) }

    @Test func `symbols are found by name, modules' aside`() throws {
        let table = try table(Self.listing)
        #expect(table.count == 9)
        #expect(table.address(of: "function") == 0xffff_ffff_8100_0040)
        #expect(table.address(of: "twice") == nil)
        #expect(table.addresses(of: "twice") == [0xffff_ffff_8100_0080, 0xffff_ffff_8100_0100])
        #expect(table.address(of: "helper.cold") == nil)
        #expect(table.address(of: "funct") == nil)
    }

    @Test func `an address is told by the symbol before it`() throws {
        let table = try table(Self.listing)
        #expect(table.location(of: 0xffff_ffff_8100_0044)?.description == "function+0x4")
        #expect(table.location(of: 0xffff_ffff_8100_0000)?.description == "_stext")
        #expect(table.location(of: 0xffff_ffff_c000_0010)?.description == "helper.cold+0x10 [overlay]")
        #expect(table.location(of: 0xffff_ffff_c000_2000)?.module == "bpf")
    }

    @Test(arguments: [
        "ffffffff81000000 T", "ffffffff81000000 T ", "fffffff81000000 T _text", "FFFFFFFF81000000 T _text",
        "ffffffff81000000\tT _text", "ffffffff81000000 T _text\toverlay", "ffffffff81000000 T _text\t[]", "",
    ])
    func `a line that isn't a symbol's is refused by number`(line: String) {
        #expect(throws: KernelSymbolTable.ListingError.line(2)) {
            try self.table("ffffffff81000000 T _text\n" + line + "\n")
        }
    }

    @Test func `hidden addresses are told`() {
        #expect(throws: KernelSymbolTable.ListingError.hidden) {
            try self.table("0000000000000000 T _text\n0000000000000000 T _stext\n")
        }
    }

    @Test func `an empty listing has no symbols`() throws {
        let table = try table("")
        #expect(table.count == 0)
        #expect(table.location(of: 1) == nil)
        #expect(table.address(of: "") == nil)
    }
}
