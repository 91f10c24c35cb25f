// SPDX-License-Identifier: Apache-2.0

import KernelImage

/// Signs that something was loaded or attached: what the heads of a few lists of the kernel's hold. Read every second, by one
/// run of one program.
///
/// A module goes to the head of the list when it is loaded, a BPF program and a user of ftrace likewise; ftrace counts what it
/// has changed.
struct ChangeSigns {
    private static let symbols = [
        "modules", "bpf_kallsyms", "ftrace_ops_list", "ftrace_update_tot_cnt", "klp_patches", "kprobe_blacklist",
    ]

    private let places: [UInt64]
    private var last: [UInt64]?

    init(_ facts: KernelFacts) {
        places = Self.symbols.compactMap { facts.address(of: $0) }.flatMap { [$0, $0 + 8] }
    }

    /// Whether they are others than the last time; false the first time.
    mutating func haveChanged(in memory: any KernelMemory) throws(KernelMemoryError) -> Bool {
        let now = try memory.gather(places, 8).map { $0?.littleEndianNumber ?? 0 }
        defer { last = now }
        return last.map { $0 != now } ?? false
    }
}
