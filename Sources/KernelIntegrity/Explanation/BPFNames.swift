// SPDX-License-Identifier: Apache-2.0

import BPFRuntime

extension BPFProgram {
    /// For people: `NAME (id, loaded by uid U)`.
    var title: String { "\(name.isEmpty ? "without a name" : name) (\(id), loaded by uid \(user))" }
}

extension KernelView {
    /// What BPF's code is called, for people: a trampoline, by the programs that are attached by it.
    ///
    /// A trampoline's number is made of what its programs are attached to (`bpf_trampoline_compute_key`): the number of the types'
    /// object, or of the program, and that of the function's type.
    func bpfName(_ symbol: String) -> String {
        let prefix = "bpf_trampoline_"
        guard symbol.hasPrefix(prefix), let key = UInt64(symbol.dropFirst(prefix.count)), let listing = bpf() else {
            return symbol
        }
        let object = UInt32(truncatingIfNeeded: key >> 32)
        let type = UInt32(truncatingIfNeeded: key) & 0x7fff_ffff
        let links = listing.links.filter { $0.targetObject == object && $0.targetType == type }
        let attached = Set(links.map(\.program))
        let programs = listing.programs.filter { attached.contains($0.id) }
        return programs.isEmpty ? symbol : "of program " + programs.map(\.title).joined(separator: ", ")
    }
}
