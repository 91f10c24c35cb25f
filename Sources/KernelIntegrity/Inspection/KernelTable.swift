// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import KernelImage

/// A table, or a list, of the kernel's that can be inspected.
struct KernelTable: Sendable {
    var name: String
    var summary: String
    /// What it holds just now; none where this kernel hasn't got it.
    var entries: @Sendable (KernelView) throws(KernelMemoryError) -> [InspectedEntry]
}

extension KernelInspection {
    static let tables = [
        KernelTable(name: "table.system_calls", summary: "system calls of 64-bit processes, by number") {
            kernel throws(KernelMemoryError) in
            guard let address = kernel.address(of: "sys_call_table"),
                let words = try kernel.memory.words(address, count: 512)
            else { return [] }
            return words.prefix { kernel.place($0).symbol.hasPrefix("__x64_") || $0 != 0 }
                .prefix(while: { $0 != 0 }).map { entry($0, kernel) }
        },
        KernelTable(name: "table.interrupts", summary: "where exceptions and interrupts lead, by vector") {
            kernel throws(KernelMemoryError) in
            guard let address = kernel.address(of: "idt_table"), let bytes = try kernel.memory.bytes(address, 4096)
            else { return [] }
            return (0..<256).map { vector in
                let gate = bytes[(vector * 16)..<(vector * 16 + 16)]
                let low = gate.littleEndianNumber
                let high = gate.dropFirst(8).littleEndianNumber & 0xffff_ffff
                return entry(low & 0xffff | (low >> 48) << 16 | high << 32, kernel, name: "vector \(vector)")
            }
        },
        KernelTable(name: "table.security_hooks", summary: "what each security hook calls, in order") {
            kernel throws(KernelMemoryError) in
            try SecurityHooksCheck.called(kernel).map { entry($0.function, kernel, name: $0.hook) }
        },
        KernelTable(name: "list.modules", summary: "loaded modules, the last one first, with their code's size") {
            kernel throws(KernelMemoryError) in
            try kernel.code().modules.map {
                InspectedEntry(name: $0.name, symbol: "", offset: UInt64($0.text.count), module: $0.name)
            }
        },
        KernelTable(name: "list.bpf", summary: "code that BPF has generated: programs, trampolines, dispatchers") {
            kernel throws(KernelMemoryError) in
            try kernel.code().generated.map { InspectedEntry(name: $0, symbol: $0) }
        },
        KernelTable(name: "list.ftrace", summary: "users of ftrace, and what each has called") {
            kernel throws(KernelMemoryError) in
            try kernel.facts.tracingOperations(from: "ftrace_ops_list").map { operation throws(KernelMemoryError) in
                entry(operation.registeredFunction, kernel, name: kernel.name(operation.address))
            }
        },
        KernelTable(name: "list.kprobes", summary: "kprobes: where each is, and what it calls") {
            kernel throws(KernelMemoryError) in
            try kernel.facts.probes().map { entry($0.handler, kernel, name: kernel.name($0.address)) }
        },
        KernelTable(name: "list.symbols", summary: "the kernel's own symbols, and how far each lies behind _text") {
            kernel throws(KernelMemoryError) in
            guard let text = kernel.address(of: "_text"), let end = kernel.address(of: "_end") else { return [] }
            return kernel.facts.symbols.names(in: text..<end).map {
                InspectedEntry(name: $0.name, symbol: "_text", offset: $0.address - text)
            }
        },
    ]

    private static func entry(_ address: UInt64, _ kernel: KernelView, name: String = "") -> InspectedEntry {
        let place = kernel.place(address)
        var module = ""
        if case .module(let owner) = (try? kernel.code())?.owner(of: address) { module = owner }
        return InspectedEntry(name: name, symbol: place.symbol, offset: place.offset, module: module)
    }
}
