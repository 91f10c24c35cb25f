// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import KernelImage

struct KernelImageTests {
    private let kernel = SyntheticKernel()

    @Test(arguments: Packing.allCases)
    func `a packed kernel gives what the unpacked one does`(packing: Packing) throws {
        let packed = try KernelImage(SyntheticKernel.bootImage(payload: packing.pack(kernel.elf())))
        let unpacked = try KernelImage(kernel.elf())
        #expect(packed.buildID == [0xde, 0xad, 0xbe, 0xef])
        #expect(try packed.text(slide: 0).text == unpacked.text(slide: 0).text)
        #expect(packed.tables.places == unpacked.tables.places)
    }

    @Test(
        arguments: [
            ([0x42, 0x5a, 0x68, 0x39], "bzip2"), ([0x5d, 0x00, 0x00, 0x00], "lzma"), ([0x89, 0x4c, 0x5a, 0x4f], "lzo"),
            ([0x01, 0x02, 0x03, 0x0a], "something unknown that begins with 1 2 3 a"),
        ] as [([UInt8], String)])
    func `a format that isn't read is named`(magic: [UInt8], name: String) {
        let payload = magic + [UInt8](repeating: 0, count: 64)
        #expect(throws: KernelImageError.compression(name)) {
            try KernelImage(SyntheticKernel.bootImage(payload: payload))
        }
    }

    @Test func `more than the limit isn't unpacked`() {
        var payload = Packing.zstd.pack(kernel.elf())
        payload.replaceSubrange(payload.count - 4..<payload.count, with: [0xff, 0xff, 0xff, 0xff])
        #expect(throws: KernelImageError.tooLarge(0xffff_ffff, limit: UInt64(PackedKernel.limit))) {
            try KernelImage(SyntheticKernel.bootImage(payload: payload))
        }
    }

    @Test(arguments: Packing.allCases)
    func `a kernel that unpacks to less than it says is refused`(packing: Packing) {
        var payload = packing.pack(kernel.elf())
        payload[payload.count - 4] &+= 1
        #expect {
            try KernelImage(SyntheticKernel.bootImage(payload: payload))
        } throws: { error in
            if case .corrupt? = error as? KernelImageError { true } else { false }
        }
    }

    @Test func `what isn't a kernel for x86-64 is refused by name`() {
        #expect(throws: KernelImageError.notAKernel) { try KernelImage([]) }
        #expect(throws: KernelImageError.notAKernel) { try KernelImage(Array("#!/bin/sh\n".utf8)) }
        var arm = [UInt8](repeating: 0, count: 64)
        arm.replaceSubrange(0x38..<0x3c, with: Array("ARM\u{64}".utf8))
        #expect(throws: KernelImageError.architecture("arm64")) { try KernelImage(arm) }
        var elf = kernel.elf()
        elf[18] = 183
        #expect(throws: KernelImageError.architecture("ELF class 2, machine 183")) { try KernelImage(elf) }
    }

    @Test(arguments: [".text", ".rodata", ".altinstructions"])
    func `a section that is needed is named`(section: String) {
        var kernel = kernel
        kernel.without = section
        #expect(throws: KernelImageError.lacking("section \(section)")) { try KernelImage(kernel.elf()) }
    }

    @Test func `tables that symbols delimit are named`() {
        var kernel = kernel
        kernel.without = "__stop_mcount_loc"
        #expect(throws: KernelImageError.lacking("symbols __start_mcount_loc and __stop_mcount_loc")) {
            try KernelImage(kernel.elf())
        }
    }

    @Test(arguments: SyntheticKernel.SymbolEncoding.allCases)
    func `built-in symbols are found in each of the encodings`(encoding: SyntheticKernel.SymbolEncoding) throws {
        let symbols = try KernelImage(SyntheticKernel(encoding: encoding).elf()).symbols
        #expect(symbols.count == SyntheticKernel.symbolCount)
        #expect(symbols.address(of: "_text") == SyntheticKernel.base)
        #expect(symbols.address(of: "_end") == SyntheticKernel.base + UInt64(SyntheticKernel.end))
        #expect(symbols.location(of: SyntheticKernel.base + 0x1503)?.description == "function+0x3")
    }

    @Test func `relocations move all fields, and only with them a kernel is moved`() throws {
        let place = SyntheticKernel.Place.relocated
        let text = try KernelImage(kernel.elf()).text(slide: 0x0123_4000)
        #expect(text.addresses.lowerBound == SyntheticKernel.base + 0x0123_4000)
        #expect(
            Array(text.text[place..<place + 12]) == [
                // 0x81001000 + slide; 0xffffffff_81002000 + slide, of which the upper half is the field below; that − slide.
                0x00, 0x50, 0x23, 0x82, 0x00, 0x60, 0x23, 0x82, 0xff, 0xbf, 0xdc, 0xfe,
            ])
        var fixed = kernel
        fixed.hasRelocations = false
        let image = try KernelImage(fixed.elf())
        #expect(throws: KernelImageError.lacking("relocations behind its ELF file")) {
            try image.text(slide: 0x20_0000)
        }
        #expect(throws: Never.self) { try image.text(slide: 0) }
    }

    @Test func `each place is described with what belongs to it`() throws {
        let text = try KernelImage(kernel.elf()).text(slide: 0x1000_0000)
        let base = text.addresses.lowerBound
        let sites = text.sites(in: text.addresses)
        #expect(
            Set(sites.map(\.kind))
                == Set(TextSite.Kind.allCases).subtracting([.callPadding, .probe]))
        let key = try #require(sites.first { $0.kind == .staticKey && $0.length == 5 })
        #expect(key.address == base + UInt64(SyntheticKernel.Place.longKey))
        #expect(key.target == base + UInt64(SyntheticKernel.Place.longKey + 0x200))
        #expect(key.key == base + 0x9010)
        let call = try #require(sites.first { $0.kind == .staticCall })
        #expect(call.key == base + 0x9020)
        #expect(sites.first { $0.kind == .runtimeConstant }?.constant == "constant")
        let alternative = try #require(sites.first { $0.kind == .alternative })
        #expect(alternative.length == 9)
        #expect(alternative.replacements.map(\.feature) == [100, 101])
        #expect(alternative.replacements.map(\.isInverted) == [false, true])
        #expect(alternative.replacements[1].bytes == [0x31, 0xc0, 0x99])
    }

    @Test func `entries of alternatives are read in the shape of older kernels`() throws {
        let text = try KernelImage(SyntheticKernel(hasFlags: false).elf()).text(slide: 0)
        let sites = text.sites(in: text.addresses).filter { $0.kind == .alternative }
        #expect(sites.map(\.replacements.count) == [2, 1])
        #expect(sites[0].replacements.map(\.isInverted) == [false, true])
        #expect(sites[0].replacements.map(\.feature) == [100, 101])
    }

    @Test func `the build ID is found among other notes`() {
        let other: [UInt8] = [4, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0x58, 0x65, 0x6e, 0, 9, 9, 0, 0]
        let own: [UInt8] = [4, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 0x47, 0x4e, 0x55, 0, 7, 8, 9, 0]
        #expect(KernelImage.buildID(inNotes: other + own) == [7, 8, 9])
        #expect(KernelImage.buildID(inNotes: other) == [])
        #expect(KernelImage.buildID(inNotes: Array((other + own).dropLast(3))) == [])
    }
}
