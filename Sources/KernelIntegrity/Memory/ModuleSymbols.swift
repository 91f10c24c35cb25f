// SPDX-License-Identifier: Apache-2.0

extension KernelFacts {
    /// The function or variable of a module that an address lies in, by the module's own symbols (`module.kallsyms`), and how far
    /// behind its beginning. `nil` where there is none.
    func symbol(
        at address: UInt64, in module: LoadedModule
    ) throws(KernelMemoryError) -> (name: String, offset: UInt64)? {
        guard let table = offset(of: "module.kallsyms"), let start = offset(of: "mod_kallsyms.symtab"),
            let number = offset(of: "mod_kallsyms.num_symtab"), let texts = offset(of: "mod_kallsyms.strtab"),
            let size = size(of: "elf64_sym"), let value = offset(of: "elf64_sym.st_value"),
            let nameIndex = offset(of: "elf64_sym.st_name"),
            let symbols = try memory.word(module.address &+ UInt64(table)), symbols != 0,
            let first = try memory.word(symbols &+ UInt64(start)),
            let strings = try memory.word(symbols &+ UInt64(texts)),
            let count = try memory.bytes(symbols &+ UInt64(number), 4)?.littleEndianNumber, count <= 100_000,
            let bytes = try memory.bytes(first, Int(count) * size)
        else { return nil }
        var best: (address: UInt64, name: UInt64)?
        for symbol in stride(from: 0, to: bytes.count, by: size) {
            let place = bytes[(symbol + value)...].littleEndianNumber
            guard place != 0, place <= address, place > best?.address ?? 0 else { continue }
            best = (place, bytes[(symbol + nameIndex)..<(symbol + nameIndex + 4)].littleEndianNumber)
        }
        // Nearer to it than the module's memory begins, or it isn't of that piece.
        guard let best, module.memory.contains(where: { $0.contains(best.address) && $0.contains(address) }),
            let name = try memory.gather([strings &+ best.name], 48)[0]?.textBeforeZero, !name.isEmpty
        else { return nil }
        return (name, address - best.address)
    }
}
