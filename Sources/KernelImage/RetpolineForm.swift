// SPDX-License-Identifier: Apache-2.0

/// The instruction at a retpoline's place: a call, a jump or a conditional jump to a register's thunk, behind prefixes 0x2e
/// (`-mindirect-branch-cs-prefix`). Source: `patch_retpoline` in arch/x86/kernel/alternative.c.
struct RetpolineForm {
    enum Branch: Equatable {
        case call
        case jump
        /// With its condition, 0 to 15.
        case conditional(UInt8)
    }

    /// What may stand in its place.
    enum Form: Equatable {
        /// Through the register.
        case indirect
        /// To another target, an offset.
        case direct(Int)
    }

    var branch: Branch
    var prefixes: Int
    var length: Int

    /// Nil where there is another instruction.
    init?(at offset: Int, image: (Int) -> UInt8) {
        prefixes = 0
        while prefixes < 3, image(offset + prefixes) == 0x2e { prefixes += 1 }
        let opcode = image(offset + prefixes)
        switch opcode {
        case 0xe8: (branch, length) = (.call, prefixes + 5)
        case 0xe9: (branch, length) = (.jump, prefixes + 5)
        case 0x0f where image(offset + prefixes + 1) & 0xf0 == 0x80:
            (branch, length) = (.conditional(image(offset + prefixes + 1) & 15), prefixes + 6)
        default: return nil
        }
    }

    /// The registers in the order of their numbers.
    private static let registers: [StaticString] = [
        "_rax", "_rcx", "_rdx", "_rbx", "_rsp", "_rbp", "_rsi", "_rdi", "_r8", "_r9", "_r10", "_r11", "_r12", "_r13",
        "_r14",
        "_r15",
    ]

    /// The thunks by their symbols, `__x86_indirect_thunk_rax` and the like: offset → register (arch/x86/lib/retpoline.S).
    static func thunks(_ symbols: KernelSymbolTable, in text: Range<UInt64>) -> [Int: UInt8] {
        var thunks: [Int: UInt8] = [:]
        for (number, register) in registers.enumerated() {
            let addresses = symbols.addresses { name in
                name.starts(with: "__x86_indirect_".utf8) && name.hasSuffix(register)
            }
            for address in addresses where text.contains(address) {
                thunks[Int(address - text.lowerBound)] = UInt8(number)
            }
        }
        return thunks
    }

    static func length(at offset: Int, image: (Int) -> UInt8) -> Int {
        RetpolineForm(at: offset, image: image)?.length ?? 0
    }

    /// What stands in its place, if it is one of what the kernel writes there.
    ///
    /// - Parameters:
    ///   - range: of the place now.
    ///   - register: the thunk's; nil if unknown, then any is taken.
    ///   - byte: of the running kernel.
    func form(in range: Range<Int>, register: UInt8?, byte: (Int) -> UInt8) -> Form? {
        if let form = direct(in: range, byte: byte) { return form }
        var position = range.lowerBound
        if case .conditional(let condition) = branch {
            // The opposite condition jumps over the indirect jump.
            guard byte(position) == 0x70 | condition ^ 1, Int(byte(position + 1)) == range.count - 2 else { return nil }
            position += 2
        }
        if byte(position) == 0x0f, byte(position + 1) == 0xae, byte(position + 2) == 0xe8 { position += 3 }  // lfence
        while position < range.upperBound, byte(position) == 0x2e { position += 1 }
        var number: UInt8 = 0
        if byte(position) == 0x41 {
            number = 8
            position += 1
        }
        let operand = byte(position + 1)
        guard byte(position) == 0xff, operand & 0xf8 == (branch == .call ? 0xd0 : 0xe0) else { return nil }
        number += operand & 7
        position += 2
        guard position <= range.upperBound, register == nil || register == number,
            NoOperations.fill(position..<range.upperBound, afterTraps: branch == .call ? 0 : range.count, byte: byte)
        else { return nil }
        return .indirect
    }

    /// The same instruction with another target.
    private func direct(in range: Range<Int>, byte: (Int) -> UInt8) -> Form? {
        // Where the register's own prefix isn't needed any more, the instruction may stand without those it had.
        var position = range.lowerBound
        while position < range.upperBound, byte(position) == 0x2e { position += 1 }
        let opcode: UInt8
        switch branch {
        case .call: opcode = 0xe8
        case .jump: opcode = 0xe9
        case .conditional: return nil
        }
        let end = position + 5
        guard end <= range.upperBound, byte(position) == opcode,
            NoOperations.fill(end..<range.upperBound, afterTraps: branch == .call ? 0 : range.count, byte: byte)
        else { return nil }
        let operand = (1...4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32(byte(position + $1)) }
        return .direct(end + Int(Int32(bitPattern: operand)))
    }
}
