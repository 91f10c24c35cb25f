// SPDX-License-Identifier: Apache-2.0

/// Somebody whose code is called where functions begin or end: by ftrace itself, its graph of calls, an fprobe, or directly.
struct FunctionTracer: Sendable {
    /// By what: `ftrace`, `function graph`, `fprobe`, `direct call`.
    var mechanism: String
    /// What is called; 0 where nothing is.
    var functions: [UInt64]
    /// Whether it may go on elsewhere than the function that it was called for.
    var redirects = false
    /// Its `struct ftrace_ops_hash`; 0: it is for `sites`.
    var filter: UInt64 = 0
    var sites: [UInt64] = []
}

extension KernelView {
    /// Everyone that the kernel has registered, but for what BPF calls directly, which is by its trampolines.
    func functionTracers() throws(KernelMemoryError) -> [FunctionTracer] {
        let own = try facts.tracingOperations(from: "ftrace_ops_list")
        let subordinate = try subordinateOperations(of: own)
        var tracers = (own + subordinate).map {
            FunctionTracer(
                mechanism: "ftrace", functions: [$0.registeredFunction, $0.function].uniqued,
                redirects: $0.flags & TracingOperation.modifiesInstructionPointer != 0, filter: $0.filter)
        }
        if let pointer = address(of: "ftrace_trace_function"), let function = try memory.word(pointer) {
            tracers.append(FunctionTracer(mechanism: "ftrace", functions: [function]))
        }
        tracers += try graphTracers()
        tracers += try functionProbes(among: own)
        tracers += try directCalls()
        return tracers
    }

    /// Those that share another's place (since 6.12; `ftrace_ops.subop_list`).
    private func subordinateOperations(
        of operations: [TracingOperation]
    ) throws(KernelMemoryError) -> [TracingOperation] {
        guard let list = offset(of: "ftrace_ops.subop_list") else { return [] }
        var found: [TracingOperation] = []
        for operation in operations {
            found += try facts.tracingOperations(onListAt: operation.address &+ UInt64(list))
        }
        return found
    }

    /// Users of the graph of calls (kernel/trace/fgraph.c): since 6.12 an array of `struct fgraph_ops`, before two functions.
    private func graphTracers() throws(KernelMemoryError) -> [FunctionTracer] {
        let mechanism = "function graph"
        if let array = address(of: "fgraph_array"), let entry = offset(of: "fgraph_ops.entryfunc"),
            let end = offset(of: "fgraph_ops.retfunc"), let filter = offset(of: "fgraph_ops.ops.func_hash")
        {
            let count = extent(of: "fgraph_array", at: array, limit: 64 * 8) / 8
            let users = try memory.words(array, count: count) ?? []
            return try users.filter { $0 != 0 }.map { user throws(KernelMemoryError) in
                FunctionTracer(
                    mechanism: mechanism,
                    functions: [
                        try memory.word(user &+ UInt64(entry)) ?? 0, try memory.word(user &+ UInt64(end)) ?? 0,
                    ],
                    filter: try memory.word(user &+ UInt64(filter)) ?? 0)
            }
        }
        let pointers = ["ftrace_graph_entry", "ftrace_graph_return"].compactMap { address(of: $0) }
        let functions = try memory.gather(pointers, 8).map { $0?.littleEndianNumber ?? 0 }
        return [FunctionTracer(mechanism: mechanism, functions: functions)]
    }

    /// fprobes (kernel/trace/fprobe.c): in a table of their own where they go by the graph of calls, else in an `ftrace_ops`.
    private func functionProbes(among operations: [TracingOperation]) throws(KernelMemoryError) -> [FunctionTracer] {
        guard let entry = offset(of: "fprobe.entry_handler"), let end = offset(of: "fprobe.exit_handler") else {
            return []
        }
        func probe(at address: UInt64, _ filter: UInt64, _ sites: [UInt64]) throws(KernelMemoryError) -> FunctionTracer
        {
            FunctionTracer(
                mechanism: "fprobe",
                functions: [
                    try memory.word(address &+ UInt64(entry)) ?? 0, try memory.word(address &+ UInt64(end)) ?? 0,
                ],
                filter: filter, sites: sites)
        }
        if let own = offset(of: "fprobe.ops") {
            return try operations.filter {
                ["fprobe_handler", "fprobe_kprobe_handler"].contains(name($0.registeredFunction))
            }
            .map { operation throws(KernelMemoryError) in
                try probe(at: operation.address &- UInt64(own), operation.filter, [])
            }
        }
        guard let table = address(of: "fprobe_table"), let link = offset(of: "fprobe_hlist.hlist"),
            let pointer = offset(of: "fprobe_hlist.fp"), let size = offset(of: "fprobe_hlist.size"),
            let array = offset(of: "fprobe_hlist.array"), let node = self.size(of: "fprobe_hlist_node"),
            let site = offset(of: "fprobe_hlist_node.addr"),
            let heads = try memory.words(table, count: extent(of: "fprobe_table", at: table, limit: 4096) / 8)
        else { return [] }
        var probes: [FunctionTracer] = []
        for head in heads where head != 0 {
            let list = KernelList(link: link, fields: [(pointer, 8), (size, 4)], limit: 10_000)
            for element in try memory.walk(list, from: head).elements {
                let places = (0..<min(element.number(1), 100_000)).map {
                    element.address &+ UInt64(array) &+ $0 * UInt64(node) &+ UInt64(site)
                }
                let sites = try memory.gather(places, 8).compactMap { $0?.littleEndianNumber }
                probes.append(try probe(at: element.number(0), 0, sites))
            }
        }
        return probes
    }

    /// Functions that begin with a call past ftrace (`direct_functions`), one for each destination that isn't BPF's.
    private func directCalls() throws(KernelMemoryError) -> [FunctionTracer] {
        guard let pointer = address(of: "direct_functions"), let hash = try memory.word(pointer) else { return [] }
        var sites: [UInt64: [UInt64]] = [:]
        for entry in try facts.entries(ofHash: hash) where entry.direct != 0 {
            // The lowest bit is a mark: see ``directJumps()``.
            let destination = entry.direct & ~1
            if case .bpf = try owner(of: destination) { continue }
            sites[destination, default: []].append(entry.site)
        }
        return sites.map {
            FunctionTracer(mechanism: "direct call", functions: [$0.key], redirects: true, sites: $0.value)
        }
    }

    /// Where functions begin with a jump past ftrace instead of a call, and to where: since Linux 7.0 the entry's lowest bit
    /// says so (`ftrace_is_jmp`), and BPF has it set for trampolines that call the function themselves.
    func directJumps() throws(KernelMemoryError) -> [UInt64: UInt64] {
        guard let pointer = address(of: "direct_functions"), let hash = try memory.word(pointer) else { return [:] }
        var jumps: [UInt64: UInt64] = [:]
        for entry in try facts.entries(ofHash: hash) where entry.direct & 1 == 1 {
            jumps[entry.site] = entry.direct & ~1
        }
        return jumps
    }
}

extension [UInt64] {
    /// Each once, in the order of the first.
    var uniqued: [UInt64] {
        var seen: Set<UInt64> = []
        return filter { seen.insert($0).inserted }
    }
}
