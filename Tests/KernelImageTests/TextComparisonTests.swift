// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import KernelImage

/// What the kernel writes at each kind of place, and what it never does.
struct TextComparisonTests {
    private typealias Place = SyntheticKernel.Place

    private let kernel = SyntheticKernel()
    private let image: KernelText
    private let base: UInt64

    init() throws {
        image = try KernelImage(kernel.elf()).text(slide: 0x20_0000)
        base = image.addresses.lowerBound
    }

    /// The report on a kernel that has other bytes at some offsets.
    private func report(
        _ changes: [(Int, [UInt8])], of range: Range<Int>? = nil, by image: KernelText? = nil
    ) -> ComparisonReport {
        let image = image ?? self.image
        var running = image.text
        for (offset, bytes) in changes { running.replaceSubrange(offset..<offset + bytes.count, with: bytes) }
        let range = range ?? 0..<running.count
        return image.compare(running.span.bytes.extracting(range), at: base + UInt64(range.lowerBound))
    }

    private func forms(_ offset: Int, _ bytes: [UInt8]) -> [TextChange.Form]? {
        let report = report([(offset, bytes)])
        return report.unexplained.isEmpty ? report.changes.map(\.form) : nil
    }

    private func leading(_ opcode: UInt8, from: Int, to: Int) -> [UInt8] { kernel.relative(opcode, from: from, to: to) }

    @Test func `text as it is in the image has no differences`() {
        let report = report([])
        #expect(report.changes.isEmpty && report.unexplained.isEmpty)
        #expect(report.compared == image.addresses)
    }

    @Test func `an alternative is the original, or one of its replacements with operands moved`() {
        let place = Place.alternative
        // Not applied, its no-operations made one.
        #expect(forms(place + 6, [0x0f, 0x1f, 0x00]) == [.original])
        // The second one that applies takes the place of the first.
        #expect(forms(place, [0x31, 0xc0, 0x99, 0x66, 0x0f, 0x1f, 0x44, 0, 0]) == [.replacement(1)])
        #expect(forms(place, [0x31, 0xc0, 0x99, 0xeb, 0x04, 0xcc, 0xcc, 0xcc, 0xcc]) == [.replacement(1)])
        let call = leading(0xe8, from: place, to: Place.function)
        #expect(forms(place, call + [0x0f, 0x1f, 0x40, 0x00]) == [.replacement(0)])
        #expect(forms(place, call + [0x90, 0x90, 0x90, 0x90]) == [.replacement(0)])
        // A call to elsewhere, what fills up isn't nothing, half of each.
        #expect(forms(place, leading(0xe8, from: place, to: Place.function + 1) + [0x0f, 0x1f, 0x40, 0x00]) == nil)
        #expect(forms(place, call + [0x0f, 0x1f, 0x40, 0x01]) == nil)
        #expect(forms(place, [0x31, 0xc0]) == nil)
    }

    @Test func `a replacement's jump may be shortened`() {
        let place = Place.nested
        #expect(forms(place, [0xeb, 0x1e, 0x0f, 0x1f, 0x00, 0x90]) == [.replacement(0)])
        #expect(forms(place, [0xeb, 0x1e, 0xcc, 0xcc, 0xcc, 0x90]) == [.replacement(0)])
        #expect(forms(place, [0xeb, 0x1f, 0xcc, 0xcc, 0xcc, 0x90]) == nil)
        #expect(forms(place, [0xeb, 0x1e, 0xcc, 0xcc, 0xc3, 0x90]) == nil)
    }

    @Test func `a direct call in place of an indirect one leads to a symbol`() {
        let place = Place.directCall
        let target = base + UInt64(Place.function)
        #expect(forms(place, leading(0xe8, from: place, to: Place.function) + [0x90]) == [.call(target)])
        #expect(forms(place, [0x66, 0x0f, 0x1f, 0x44, 0, 0]) == [.nothing])
        #expect(forms(place, [0x0f, 0x0b, 0x0f, 0x1f, 0x40, 0]) == [.trap])
        #expect(forms(place, leading(0xe8, from: place, to: Place.function + 2) + [0x90]) == nil)
        #expect(forms(place, leading(0xe8, from: place, to: SyntheticKernel.data) + [0x90]) == nil)
    }

    @Test func `a retpoline becomes a call through its own register`() {
        let place = Place.retpoline
        #expect(forms(place, [0xff, 0xd3, 0x0f, 0x1f, 0x00]) == [.indirect])
        #expect(forms(place, [0x0f, 0xae, 0xe8, 0xff, 0xd3]) == [.indirect])
        let thunks = Place.indirectThunks
        let counting = base + UInt64(thunks + 0x100)
        #expect(forms(place, leading(0xe8, from: place, to: thunks + 0x100)) == [.call(counting)])
        #expect(forms(place, leading(0xe8, from: place, to: thunks + 32)) == nil)
        #expect(forms(place, leading(0xe8, from: place, to: Place.function)) == nil)
        #expect(forms(place, [0xff, 0xd1, 0x0f, 0x1f, 0x00]) == nil)
        #expect(forms(place, [0xff, 0xe3, 0x0f, 0x1f, 0x00]) == nil)
    }

    @Test func `a return is one, or leads to a return thunk`() {
        let place = Place.returnThunk
        #expect(forms(place, [0xc3, 0xcc, 0xcc, 0xcc, 0xcc]) == [.ret])
        let thunk = base + UInt64(Place.otherReturnThunk)
        #expect(forms(place, leading(0xe9, from: place, to: Place.otherReturnThunk)) == [.jump(thunk)])
        #expect(forms(place, leading(0xe9, from: place, to: Place.function)) == nil)
        #expect(forms(place, [0xc3, 0xcc, 0xcc, 0xcc, 0x90]) == nil)
    }

    @Test func `a call is moved to the count of calls' depth, where that is counted before functions`() throws {
        func counting(_ variable: Int) -> [UInt8] {
            [0x65, 0x48, 0xc1, 0x3d] + kernel.word(variable - Place.function) + [5]
        }
        let moved = [
            (Place.call, leading(0xe8, from: Place.call, to: Place.function - 9)),
            (Place.function - 9, counting(SyntheticKernel.data)),
        ]
        let counted = try KernelImage(kernel.elf()).text(slide: 0x20_0000, countsCalls: true)
        let explained = report(moved, by: counted)
        #expect(explained.changes.map(\.kind) == [.call, .callPadding])
        #expect(explained.unexplained.isEmpty)
        #expect(report(moved).unexplained.count == 2)
        for wrong in [
            (Place.call, leading(0xe8, from: Place.call, to: Place.function - 8)),
            (Place.function - 10, counting(SyntheticKernel.data)),
            (Place.function - 9, counting(SyntheticKernel.data + 8)),
        ] {
            #expect(!report([wrong], by: counted).unexplained.isEmpty)
        }
    }

    @Test func `marks and prefixes have the few values that the kernel gives them`() {
        #expect(forms(Place.sealedEntry, [0x66, 0x0f, 0x1f, 0x00]) == [.toggled])
        #expect(forms(Place.sealedEntry, [0x0f, 0x1f, 0x40, 0xd6]) == [.toggled])
        #expect(forms(Place.sealedEntry, [0x66, 0x0f, 0x1f, 0x01]) == nil)
        #expect(forms(Place.lockPrefix, [0x3e]) == [.toggled])
        #expect(forms(Place.lockPrefix, [0x90]) == nil)
    }

    @Test func `a function's entry does nothing, or calls or jumps to what is reported`() throws {
        let place = Place.functionEntry
        #expect(forms(place, [0x0f, 0x1f, 0x44, 0, 0]) == [.nothing])
        let trampoline = 0x4000_0000
        let report = report([(place, leading(0xe8, from: place, to: trampoline))])
        let change = try #require(report.changes.first)
        #expect(change.kind == .functionEntry)
        #expect(change.destination == base + UInt64(trampoline))
        #expect(forms(place, [0xcc]) == nil)
        let tracer = Place.ftraceCall
        #expect(forms(tracer, leading(0xe8, from: tracer, to: trampoline)) == [.call(base + UInt64(trampoline))])
        #expect(forms(place, leading(0xe9, from: place, to: trampoline)) == [.jump(base + UInt64(trampoline))])
        #expect(forms(tracer, leading(0xe9, from: tracer, to: trampoline)) == nil)
    }

    @Test func `a static key's branch leads where the image says or nowhere`() {
        #expect(forms(Place.shortKey, [0xeb, 0x1e]) == [.branch])
        #expect(forms(Place.shortKey, [0xeb, 0x1f]) == nil)
        #expect(forms(Place.longKey, leading(0xe9, from: Place.longKey, to: Place.longKey + 0x200)) == [.branch])
        #expect(forms(Place.longKey, leading(0xe9, from: Place.longKey, to: Place.longKey + 0x201)) == nil)
        #expect(forms(Place.longKey, [0x0f, 0x1f, 0x44, 0, 1]) == nil)
    }

    @Test func `a static call calls a symbol, nothing, or gives zero`() {
        let place = Place.staticCall
        let function = base + UInt64(Place.function)
        #expect(forms(place, leading(0xe8, from: place, to: Place.function)) == [.call(function)])
        #expect(forms(place, [0x0f, 0x1f, 0x44, 0, 0]) == [.nothing])
        #expect(forms(place, [0x2e, 0x2e, 0x2e, 0x31, 0xc0]) == [.zero])
        #expect(forms(place, [0x67, 0x48, 0x0f, 0xb9, 0x3a]) == [.trap])
        #expect(forms(place, [0xc3, 0xcc, 0xcc, 0xcc, 0xcc]) == nil)
        #expect(forms(place, leading(0xe8, from: place, to: Place.function + 3)) == nil)
        let tail = Place.tailCall
        #expect(forms(tail, leading(0xe9, from: tail, to: Place.function)) == [.jump(function)])
        #expect(forms(tail, [0xc3, 0xcc, 0xcc, 0xcc, 0xcc]) == [.ret])
        let conditional = Place.conditionalCall
        #expect(
            forms(conditional + 1, leading(0x84, from: conditional + 1, to: Place.function)) == [.jump(function)])
        #expect(forms(conditional + 1, leading(0x85, from: conditional + 1, to: Place.function)) == nil)
        #expect(forms(Place.trampoline, [0xc3, 0xcc, 0xcc, 0xcc, 0xcc]) == [.ret])
    }

    @Test func `a constant has any value, and a call through pv_ops becomes one of few forms`() {
        #expect(forms(Place.constant, [1, 0, 0, 0, 0, 0, 0, 0x80]) == [.value(0x8000_0000_0000_0001)])
        let place = Place.paravirtual
        let function = base + UInt64(Place.function)
        #expect(forms(place, leading(0xe8, from: place, to: Place.function) + [0x66, 0x90]) == [.call(function)])
        #expect(forms(place, [0x0f, 0x1f, 0x80, 0, 0, 0, 0]) == [.nothing])
        #expect(forms(place, [0xff, 0x14, 0x25, 5, 6, 7, 9]) == nil)
    }

    @Test func `a function that BPF's dispatcher replaces jumps to its program`() {
        let place = Place.dispatcher + 4
        let program = base + 0x4000_0000
        #expect(forms(place, leading(0xe9, from: place, to: 0x4000_0000)) == [.jump(program)])
        #expect(forms(place, leading(0xe8, from: place, to: 0x4000_0000)) == nil)
    }

    @Test func `a kprobe is int3, or a jump out of the kernel, where it was told to be`() {
        let (first, second) = (0x700, 0x720)
        var running = image.text
        running[first] = 0xcc
        running.replaceSubrange(second..<second + 5, with: leading(0xe9, from: second, to: 0x4000_0000))
        let probes = [base + UInt64(second), base + UInt64(first)]
        let report = image.compare(running.span.bytes, at: base, probes: probes)
        #expect(report.unexplained.isEmpty)
        #expect(report.changes.map(\.kind) == [.probe, .probe])
        #expect(report.changes.map(\.form) == [.trap, .jump(base + 0x4000_0000)])
        #expect(image.compare(running.span.bytes, at: base).unexplained.map(\.address) == probes.reversed())
        running.replaceSubrange(second..<second + 5, with: leading(0xe9, from: second, to: Place.function))
        running[first + 1] = 0xcc
        #expect(image.compare(running.span.bytes, at: base, probes: probes).unexplained.count == 2)
    }

    @Test func `a kprobe may be in a place that was changed`() {
        let place = Place.returnThunk
        var running = image.text
        running.replaceSubrange(place..<place + 5, with: [0xcc, 0xcc, 0xcc, 0xcc, 0xcc])
        let probes = [base + UInt64(place)]
        let report = image.compare(running.span.bytes, at: base, probes: probes)
        #expect(report.unexplained.isEmpty)
        #expect(report.changes.map(\.kind) == [.probe, .returnThunk])
        running[place + 4] = 0x90
        #expect(!image.compare(running.span.bytes, at: base, probes: probes).unexplained.isEmpty)
        running[place + 4] = 0xcc
        #expect(!image.compare(running.span.bytes, at: base).unexplained.isEmpty)
    }

    @Test func `a change where there is no place is told with both values`() throws {
        let report = report([(0x600, [0xaa, 0xbb])])
        let difference = try #require(report.unexplained.first)
        #expect(report.unexplained.count == 1)
        #expect(difference.address == base + 0x600)
        #expect(difference.bytes == [0xaa, 0xbb])
        #expect(difference.expected == Array(image.text[0x600..<0x602]))
        #expect(difference.kind == nil)
    }

    @Test func `a difference ends where a place begins that is explained`() {
        let place = Place.functionEntry
        let report = report([(place - 1, [0xaa, 0x0f, 0x1f, 0x44, 0, 0])])
        #expect(report.unexplained.map(\.bytes) == [[0xaa]])
        #expect(report.changes.map(\.kind) == [.functionEntry])
    }

    @Test func `a place that is cut is left for the next bytes`() {
        let nothing: [UInt8] = [0x0f, 0x1f, 0x44, 0, 0]
        let first = report([(Place.cut, nothing)], of: 0..<0x1000)
        #expect(first.compared == base..<base + UInt64(Place.cut))
        #expect(first.changes.isEmpty && first.unexplained.isEmpty)
        let second = report([(Place.cut, nothing)], of: Place.cut..<0x2000)
        #expect(second.compared == base + UInt64(Place.cut)..<base + 0x2000)
        #expect(second.changes.map(\.form) == [.nothing])
        // A page by itself leaves out the rest of what began before it.
        #expect(report([(Place.cut, nothing)], of: 0x1000..<0x2000).compared.lowerBound == base + UInt64(Place.cut) + 5)
    }

    @Test func `bytes outside of text are left out`() {
        let bytes = [UInt8](repeating: 0, count: 0x1000)
        #expect(image.compare(bytes.span.bytes, at: 0).compared.isEmpty)
        #expect(image.compare(bytes.span.bytes, at: UInt64.max - 10).compared.isEmpty)
        #expect(image.compare(bytes.span.bytes, at: base - 0xf00).compared == base..<base + 0x100)
    }

    @Test func `any byte that is changed in strictly compared text is found`() {
        let open = Set(image.tables.places.compactMap { image.openBytes(of: $0) }.joined())
        var running = image.text
        for offset in running.indices where !open.contains(offset) {
            // Enough that no place around the byte is cut.
            let range = max(0, offset - 32)..<min(running.count, offset + 32)
            for mask: UInt8 in [0x01, 0xff] {
                running[offset] ^= mask
                let report = image.compare(running.span.bytes.extracting(range), at: base + UInt64(range.lowerBound))
                // A call that begins a function and became a jump is told as that, at its place.
                let isJump = report.changes.contains { change in
                    guard case .jump = change.form else { return false }
                    return change.kind == .functionEntry && change.address == base + UInt64(offset)
                }
                #expect(!report.unexplained.isEmpty || isJump, "0x\(String(offset, radix: 16)) ^ \(mask)")
                running[offset] ^= mask
            }
        }
    }

    @Test func `coverage counts the operands that may be any as such`() {
        let coverage = image.coverage
        #expect(coverage.total == image.text.count)
        // 2 entries, the tracer's call, a dispatcher's, 3 static calls, a trampoline, a retpoline, a direct call, a call through
        // pv_ops, and a constant.
        #expect(coverage.byForm == 11 * 4 + 8)
        #expect(coverage.notCompared == 0)
    }
}
