// SPDX-License-Identifier: Apache-2.0

/// Whose code lies where: the kernel's text, that of the modules on the list, and what BPF and ftrace generate.
///
/// It is what the kernel itself says at one moment; a module that has taken itself off the list isn't here, and what points
/// into it therefore points nowhere.
public struct CodeMap: Sendable {
    public enum Owner: Hashable, Sendable {
        case kernel
        /// Text that the kernel frees after its start.
        case kernelStart
        case module(String)
        /// A BPF program, trampoline or dispatcher, by the name that it has in `/proc/kallsyms`.
        case bpf(String)
        /// A trampoline that ftrace made for one of its users.
        case ftrace
    }

    struct Range {
        var addresses: Swift.Range<UInt64>
        var owner: Owner
    }

    /// By address; none overlap.
    private let ranges: [Range]
    /// The modules on the kernel's list, by name.
    public let modules: [LoadedModule]
    /// Whether all lists could be followed to their end.
    public let isComplete: Bool

    init(ranges: [Range], modules: [LoadedModule], isComplete: Bool) {
        self.ranges = ranges.sorted { $0.addresses.lowerBound < $1.addresses.lowerBound }
        self.modules = modules
        self.isComplete = isComplete
    }

    /// Whose code an address lies in; `nil` where there is none.
    public func owner(of address: UInt64) -> Owner? {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].addresses.lowerBound <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0, ranges[low - 1].addresses.contains(address) else { return nil }
        return ranges[low - 1].owner
    }

    /// Names of what BPF has generated, by address.
    public var generated: [String] {
        ranges.compactMap { range in
            guard case .bpf(let name) = range.owner else { return nil }
            return name
        }
    }

    /// The module whose memory, code or data, an address lies in.
    public func module(holding address: UInt64) -> LoadedModule? {
        modules.first { $0.memory.contains { $0.contains(address) } }
    }
}

/// A module on the kernel's list.
public struct LoadedModule: Hashable, Sendable {
    public var name: String
    /// Of its `struct module`.
    public var address: UInt64
    /// `enum module_state`: 0 live, 1 coming, 2 going.
    public var state: UInt32
    public var text: Range<UInt64>
    /// All of it, text included.
    public var memory: [Range<UInt64>]
    /// What goes when it has started.
    public var initialMemory: [Range<UInt64>] = []

    /// Whether it has started and isn't about to go.
    public var isLive: Bool { state == 0 }
}

extension CodeMap {
    /// Reads the lists of the running kernel.
    init(_ kernel: KernelFacts) throws(KernelMemoryError) {
        var ranges: [Range] = []
        if let start = kernel.address(of: "_stext"), let end = kernel.address(of: "_etext") {
            ranges.append(Range(addresses: start..<end, owner: .kernel))
        }
        if let start = kernel.address(of: "_sinittext"), let end = kernel.address(of: "_einittext"),
            start < end
        {
            ranges.append(Range(addresses: start..<end, owner: .kernelStart))
        }
        let (modules, isWhole) = try kernel.listedModules()
        var isComplete = isWhole
        for module in modules where !module.text.isEmpty {
            ranges.append(Range(addresses: module.text, owner: .module(module.name)))
        }
        if let list = kernel.address(of: "bpf_kallsyms"), let link = kernel.offset(of: "bpf_ksym.lnode"),
            let start = kernel.offset(of: "bpf_ksym.start"), let end = kernel.offset(of: "bpf_ksym.end"),
            let name = kernel.offset(of: "bpf_ksym.name")
        {
            let programs = try kernel.memory.elements(
                ofListAt: list, link: link, fields: [(start, 8), (end, 8), (name, 128)])
            isComplete = isComplete && programs.isComplete
            for program in programs.elements where program.number(0) < program.number(1) {
                ranges.append(
                    Range(
                        addresses: program.number(0)..<program.number(1), owner: .bpf(program.fields[2].textBeforeZero))
                )
            }
        }
        for list in ["ftrace_ops_trampoline_list", "ftrace_ops_list"] {
            for operation in try kernel.tracingOperations(from: list) where operation.trampolineSize > 0 {
                let range = KernelFacts.range(operation.trampoline, operation.trampolineSize)
                if !range.isEmpty, !ranges.contains(where: { $0.addresses == range }) {
                    ranges.append(Range(addresses: range, owner: .ftrace))
                }
            }
        }
        self.init(ranges: ranges, modules: modules, isComplete: isComplete)
    }
}

extension KernelFacts {
    /// Where a module's memory is told in its `struct module`.
    private struct ModuleLayout {
        /// Code first.
        var pieces: [(base: Int, size: Int)] = []
        /// What goes when it has started.
        var initial: [(base: Int, size: Int)] = []

        /// Since 6.4 a module has its memory in pieces; before, in two with the code at the beginning.
        init?(_ kernel: KernelFacts) {
            if let base = kernel.offset(of: "module.mem"), let all = kernel.size(of: "module.mem"),
                let size = kernel.offset(of: "module_memory.size"), let inner = kernel.offset(of: "module_memory.base"),
                let whole = kernel.size(of: "module_memory"), whole > 0
            {
                let every = stride(from: base, to: base + all, by: whole).map { ($0 + inner, $0 + size) }
                // Text, data, and both kinds of read-only data (`enum mod_mem_type`).
                pieces = Array(every.prefix(4))
                initial = Array(every.dropFirst(4))
            } else if let base = kernel.offset(of: "module.core_layout.base"),
                let size = kernel.offset(of: "module.core_layout.size"),
                let text = kernel.offset(of: "module.core_layout.text_size"),
                let start = kernel.offset(of: "module.init_layout.base"),
                let length = kernel.offset(of: "module.init_layout.size")
            {
                pieces = [(base, text), (base, size)]
                initial = [(start, length)]
            } else {
                return nil
            }
        }
    }

    /// The modules on the list `modules` (kernel/module/main.c), and whether it could be followed to its end.
    func listedModules() throws(KernelMemoryError) -> (modules: [LoadedModule], isComplete: Bool) {
        guard let head = address(of: "modules"), let link = offset(of: "module.list"),
            let name = offset(of: "module.name"), let state = offset(of: "module.state"),
            let layout = ModuleLayout(self)
        else { return ([], false) }
        let pieces = layout.pieces
        let first = pieces.map { min($0.base, $0.size) }.min() ?? 0
        let last = pieces.map { max($0.base, $0.size) + 8 }.max() ?? 0
        var fields = [(offset: name, count: 56), (offset: state, count: 4)]
        for start in stride(from: first, to: last, by: 256) { fields.append((start, min(256, last - start))) }
        let walked = try memory.elements(ofListAt: head, link: link, fields: fields, limit: 10_000)
        var modules: [LoadedModule] = []
        for element in walked.elements {
            let bytes = Array(element.fields[2...].joined())
            let memory = pieces.map { piece in
                let base = bytes[(piece.base - first)...].littleEndianNumber
                let size = bytes[(piece.size - first)..<(piece.size - first + 4)].littleEndianNumber
                return Self.range(base, size)
            }
            var module = LoadedModule(
                name: element.fields[0].textBeforeZero, address: element.address, state: UInt32(element.number(1)),
                text: memory[0], memory: memory.filter { !$0.isEmpty })
            if !module.isLive { module.initialMemory = try initialMemory(of: module.address, layout) }
            modules.append(module)
        }
        return (modules, walked.isComplete)
    }

    private func initialMemory(
        of module: UInt64, _ layout: ModuleLayout
    ) throws(KernelMemoryError) -> [Range<UInt64>] {
        let bases = try memory.gather(layout.initial.map { module &+ UInt64($0.base) }, 8)
        let sizes = try memory.gather(layout.initial.map { module &+ UInt64($0.size) }, 4)
        return zip(bases, sizes).compactMap { base, size in
            guard let base = base?.littleEndianNumber, let size = size?.littleEndianNumber, base != 0, size > 0 else {
                return nil
            }
            return Self.range(base, size)
        }
    }

    /// From a base on; empty where that would lead round the end of all addresses, as only what was tampered with does.
    static func range(_ base: UInt64, _ size: UInt64) -> Range<UInt64> {
        let (end, isRound) = base.addingReportingOverflow(size)
        return base..<(isRound ? base : end)
    }
}
