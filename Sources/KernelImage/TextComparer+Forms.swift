// SPDX-License-Identifier: Apache-2.0

/// What the kernel writes at each kind of place.
extension TextComparer {
    private static let endbr: [UInt8] = [0xf3, 0x0f, 0x1e, 0xfa]
    /// nopl (%rax) with a prefix, up to Linux 6.14; nopl -42(%rax) since (arch/x86/include/asm/ibt.h).
    private static let sealedEntries: [[UInt8]] = [[0x66, 0x0f, 0x1f, 0x00], [0x0f, 0x1f, 0x40, 0xd6]]
    /// xor %eax, %eax of five bytes (arch/x86/kernel/static_call.c).
    private static let zeros: [[UInt8]] = [[0x2e, 0x2e, 0x2e, 0x31, 0xc0], [0x66, 0x66, 0x48, 0x31, 0xc0]]
    /// ud1 (%edx), %rdi, for a call that would trap.
    private static let warning: [UInt8] = [0x67, 0x48, 0x0f, 0xb9, 0x3a]
    private static let ret: [UInt8] = [0xc3, 0xcc, 0xcc, 0xcc, 0xcc]

    private func stands(_ bytes: [UInt8], at offset: Int) -> Bool {
        bytes.indices.allSatisfy { byte(offset + $0) == bytes[$0] }
    }

    /// What stands at a place; nil if it isn't what the kernel writes there.
    func form(of place: SiteTables.Place, at offset: Int) -> TextChange.Form? {
        switch place.kind {
        case .alternative, .callPadding, .probe: return nil
        case .paravirtual: return paravirtual(at: offset, length: Int(text.tables.paravirtual[place.detail]))
        case .retpoline: return retpoline(place, at: offset)
        case .returnThunk:
            if stands(Self.ret, at: offset) { return .ret }
            let target = target(operand: offset + 1)
            return byte(offset) == 0xe9 && text.returnThunks.contains(target) ? .jump(text.address(target)) : nil
        case .call: return call(place, at: offset)
        case .sealedEntry:
            if stands(Self.endbr, at: offset) { return .original }
            return Self.sealedEntries.contains { stands($0, at: offset) } ? .toggled : nil
        case .lockPrefix:
            return byte(offset) == 0xf0 || byte(offset) == 0x3e ? .toggled : nil
        // A jump since Linux 7.0, where the kernel has noted one: `TextExplanation` knows.
        case .functionEntry: return callOrNothing(at: offset) ?? branch(0xe9, at: offset)
        case .ftraceCall: return callOrNothing(at: offset)
        case .staticKey: return staticKey(text.tables.keys[place.detail], at: offset)
        case .staticCall: return staticCall(place, at: offset)
        case .staticCallTrampoline: return trampoline(at: offset)
        case .runtimeConstant:
            let length = Int(text.tables.constants[place.detail].length)
            return .value((0..<length).reversed().reduce(0) { $0 << 8 | UInt64(byte(offset + $1)) })
        case .bpfDispatcher:
            if stands(NoOperations.five, at: offset) { return .nothing }
            return branch(0xe9, at: offset)
        }
    }

    /// A kprobe's `int3`, or the jump to its trampoline that takes the place of five bytes (arch/x86/kernel/kprobes/opt.c).
    mutating func explainProbe(_ offset: Int) -> Int? {
        for probe in probes where probe <= offset && offset < probe + Self.probeLength && probe >= range.lowerBound {
            let target = target(operand: probe + 1)
            let form: TextChange.Form
            let length: Int
            if offset == probe, byte(probe) == 0xcc {
                (form, length) = (.trap, 1)
            } else if byte(probe) == 0xe9, probe + 5 <= range.upperBound, target >= text.text.count,
                text.mayBeCalled(target)
            {
                (form, length) = (.jump(text.address(target)), 5)
            } else {
                continue
            }
            report.changes.append(TextChange(kind: .probe, address: text.address(probe), length: length, form: form))
            return probe + length
        }
        return nil
    }

    /// A call (0xe8) or jump (0xe9) to where one may lead.
    func branch(_ opcode: UInt8, at offset: Int) -> TextChange.Form? {
        let target = target(operand: offset + 1)
        guard byte(offset) == opcode, text.mayBeCalled(target) else { return nil }
        return opcode == 0xe8 ? .call(text.address(target)) : .jump(text.address(target))
    }

    /// `add_nops` behind what `paravirt_patch` writes (arch/x86/kernel/paravirt.c).
    private func paravirtual(at offset: Int, length: Int) -> TextChange.Form? {
        let end = offset + length
        if NoOperations.fill(offset..<end, byte: byte) { return .nothing }
        if length >= 5, NoOperations.fill(offset + 5..<end, byte: byte),
            let form = branch(0xe8, at: offset) ?? branch(0xe9, at: offset)
        {
            return form
        }
        return byte(offset) == 0x0f && byte(offset + 1) == 0x0b && NoOperations.fill(offset + 2..<end, byte: byte)
            ? .trap : nil
    }

    private func retpoline(_ place: SiteTables.Place, at offset: Int) -> TextChange.Form? {
        guard let image = RetpolineForm(at: place.offset, image: text.byte) else { return nil }
        let imageTarget = place.offset + image.length + text.operand(place.offset + image.length - 4)
        let register = text.indirectThunks[imageTarget]
        let form = image.form(in: offset..<offset + image.length, register: register, byte: byte)
        // To another thunk of the same register, or to one that was made at boot, behind the kernel (`its_allocate_thunk`).
        switch form {
        case .direct(let target):
            guard target < text.text.count ? text.indirectThunks[target] == register : text.mayBeCalled(target) else {
                return nil
            }
            return image.branch == .call ? .call(text.address(target)) : .jump(text.address(target))
        case .indirect: return .indirect
        case nil: return nil
        }
    }

    /// To the same function, or to the count in the padding before it.
    private func call(_ place: SiteTables.Place, at offset: Int) -> TextChange.Form? {
        let expected = place.offset + 5 + text.operand(place.offset + 1)
        let target = target(operand: offset + 1)
        guard byte(offset) == 0xe8, text.byte(place.offset) == 0xe8,
            target == expected || text.countsCalls && KernelText.countLengths.contains(expected - target)
        else { return nil }
        return target == expected ? .original : .call(text.address(target))
    }

    private func callOrNothing(at offset: Int) -> TextChange.Form? {
        if stands(NoOperations.five, at: offset) { return .nothing }
        return branch(0xe8, at: offset)
    }

    private func staticKey(_ key: SiteTables.StaticKeyBranch, at offset: Int) -> TextChange.Form? {
        if key.length == 2 {
            if byte(offset) == 0x66, byte(offset + 1) == 0x90 { return .nothing }
            let target = offset + 2 + Int(Int8(bitPattern: byte(offset + 1)))
            return byte(offset) == 0xeb && target == key.target ? .branch : nil
        }
        if stands(NoOperations.five, at: offset) { return .nothing }
        return byte(offset) == 0xe9 && target(operand: offset + 1) == key.target ? .branch : nil
    }

    /// `__static_call_transform`.
    private func staticCall(_ place: SiteTables.Place, at offset: Int) -> TextChange.Form? {
        if text.tables.calls[place.detail].length == 6 {
            // A conditional jump keeps its condition.
            let target = target(operand: offset + 2)
            guard byte(offset) == 0x0f, byte(offset + 1) == text.byte(place.offset + 1), text.mayBeCalled(target) else {
                return nil
            }
            return .jump(text.address(target))
        }
        if stands(NoOperations.five, at: offset) { return .nothing }
        if Self.zeros.contains(where: { stands($0, at: offset) }) { return .zero }
        if stands(Self.warning, at: offset) { return .trap }
        return text.tables.calls[place.detail].isTail ? trampoline(at: offset) : branch(0xe8, at: offset)
    }

    private func trampoline(at offset: Int) -> TextChange.Form? {
        stands(Self.ret, at: offset) ? .ret : branch(0xe9, at: offset)
    }
}
