// SPDX-License-Identifier: Apache-2.0

/// A user of ftrace (`struct ftrace_ops`, include/linux/ftrace.h): tracers, kprobes, live patches, BPF trampolines, modules.
struct TracingOperation: Hashable, Sendable {
    /// Bits of `flags`, which are the same since 5.x.
    static let modifiesInstructionPointer: UInt64 = 1 << 12

    var address: UInt64
    /// What is called at each place. ftrace puts its own function here where it has to check something first.
    var function: UInt64
    /// What was registered.
    var savedFunction: UInt64
    var flags: UInt64
    var trampoline: UInt64
    var trampolineSize: UInt64

    /// The user's own function, where ftrace has kept it.
    var registeredFunction: UInt64 { savedFunction == 0 ? function : savedFunction }
}

extension KernelFacts {
    /// The users on one of ftrace's lists (kernel/trace/ftrace.c). The list has no head of its kind: it ends with
    /// `ftrace_list_end`. None where the kernel has no ftrace, or the list changes just now.
    func tracingOperations(from list: String) throws(KernelMemoryError) -> [TracingOperation] {
        guard let start = address(of: list), let function = offset(of: "ftrace_ops.func"),
            let flags = offset(of: "ftrace_ops.flags"), let saved = offset(of: "ftrace_ops.saved_func"),
            let trampoline = offset(of: "ftrace_ops.trampoline"),
            let size = offset(of: "ftrace_ops.trampoline_size")
        else { return [] }
        let fields = [(function, 8), (saved, 8), (flags, 8), (trampoline, 8), (size, 8)]
        let walked: WalkedList
        if list == "ftrace_ops_list" {
            guard let next = offset(of: "ftrace_ops.next"), let first = try memory.word(start) else { return [] }
            let end = address(of: "ftrace_list_end") ?? 0
            walked = try memory.walk(
                KernelList(link: 0, follow: next, head: end, fields: fields, limit: 10_000), from: first)
        } else {
            guard let link = offset(of: "ftrace_ops.list") else { return [] }
            walked = try memory.elements(ofListAt: start, link: link, fields: fields, limit: 10_000)
        }
        return walked.elements.map {
            TracingOperation(
                address: $0.address, function: $0.number(0), savedFunction: $0.number(1), flags: $0.number(2),
                trampoline: $0.number(3), trampolineSize: $0.number(4))
        }
    }
}
