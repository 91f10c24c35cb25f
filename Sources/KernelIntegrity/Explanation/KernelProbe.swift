// SPDX-License-Identifier: Apache-2.0

/// A kprobe (`struct kprobe`, include/linux/kprobes.h).
struct KernelProbe: Hashable, Sendable {
    /// Of its structure.
    var structure: UInt64
    /// Where it is.
    var address: UInt64
    /// What is called there.
    var handler: UInt64
    /// What is called behind it.
    var postHandler: UInt64
}

/// Whose a kprobe is.
enum ProbeUser: Hashable, Sendable {
    /// Stands for several at one place, which come by themselves.
    case several
    /// Of tracefs, perf, or BPF by one of these; by the name of its event, where it could be read.
    case event(String)
    /// The kernel's, by the functions that are called.
    case kernel(String)
    case module(String, handler: UInt64)
    /// Code that nobody has.
    case nobody(UInt64)

    /// For people.
    var name: String {
        switch self {
        case .several: "several users"
        case .event(let name): name.isEmpty ? "a probe of tracefs or perf" : "probe \(name) of tracefs or perf"
        case .kernel(let function): "the kernel's \(function)"
        case .module(let name, _): "module \(name)"
        case .nobody: "unknown code"
        }
    }
}

extension KernelFacts {
    /// The kprobes in the table `kprobe_table` (kernel/kprobes.c), of 64 lists. None where the kernel has no kprobes.
    func probes() throws(KernelMemoryError) -> [KernelProbe] {
        guard let table = address(of: "kprobe_table"), let link = offset(of: "kprobe.hlist"),
            let address = offset(of: "kprobe.addr"), let handler = offset(of: "kprobe.pre_handler"),
            let post = offset(of: "kprobe.post_handler"), let list = offset(of: "kprobe.list"),
            let heads = try memory.words(table, count: 64)
        else { return [] }
        // Several at one place hang on one that stands for them.
        let fields = [(address, 8), (handler, 8), (post, 8), (list, 8)]
        var probes: [KernelProbe] = []
        func add(_ element: WalkedList.Element) {
            probes.append(
                KernelProbe(
                    structure: element.address, address: element.number(0), handler: element.number(1),
                    postHandler: element.number(2)))
        }
        for head in heads where head != 0 {
            for element in try memory.walk(KernelList(link: link, fields: fields, limit: 10_000), from: head).elements {
                add(element)
                let own = element.address &+ UInt64(list)
                guard element.number(3) != own, element.number(3) != 0 else { continue }
                let others = KernelList(link: list, head: own, fields: fields, limit: 10_000)
                try memory.walk(others, from: element.number(3)).elements.forEach(add)
            }
        }
        return probes
    }
}

extension KernelFacts {
    /// Where text is, or still is, a probe's: those in the table, and those whose jumps are made or taken away a little later.
    func probedAddresses() throws(KernelMemoryError) -> Set<UInt64> {
        var addresses = Set(try probes().map(\.address))
        guard let link = offset(of: "optimized_kprobe.list"), let address = offset(of: "optimized_kprobe.kp.addr")
        else {
            return addresses
        }
        for list in ["optimizing_list", "unoptimizing_list", "freeing_list"] {
            guard let head = self.address(of: list) else { continue }
            let walked = try memory.elements(ofListAt: head, link: link, fields: [(address, 8)], limit: 10_000)
            addresses.formUnion(walked.elements.map { $0.number(0) })
        }
        return addresses
    }
}

extension KernelView {
    /// Whose a probe is, by all functions that it has called: a return probe's are behind one of the kernel's.
    func user(of probe: KernelProbe) throws(KernelMemoryError) -> ProbeUser {
        var functions = [probe.handler, probe.postHandler]
        let first = name(probe.handler)
        if first == "aggr_pre_handler" { return .several }
        let isReturn = first == "pre_handler_kretprobe"
        if isReturn, let base = offset(of: "kretprobe.kp") {
            for field in ["kretprobe.handler", "kretprobe.entry_handler"] {
                guard let place = offset(of: field) else { continue }
                functions.append(try memory.word(probe.structure &+ UInt64(place - base)) ?? 0)
            }
        }
        var kernels: [String] = []
        for function in functions where function != 0 {
            switch try owner(of: function) {
            case .kernel: kernels.append(name(function))
            case .module(let module): return .module(module, handler: function)
            case .bpf(let name): return .kernel("BPF \(name)")
            case .kernelStart, .ftrace, nil: return .nobody(function)
            }
        }
        if kernels.contains("kprobe_dispatcher") || kernels.contains("kretprobe_dispatcher") {
            return .event(try eventName(of: probe) ?? "")
        }
        return .kernel(kernels.last ?? "nothing")
    }

    /// `GROUP/NAME` of a probe that tracefs or perf made: it is part of a `struct trace_kprobe`.
    private func eventName(of probe: KernelProbe) throws(KernelMemoryError) -> String? {
        guard let part = offset(of: "trace_kprobe.rp.kp"), let pointer = offset(of: "trace_kprobe.tp.event"),
            let nameField = offset(of: "trace_probe_event.call.name"),
            let classField = offset(of: "trace_probe_event.call.class"),
            let groupField = offset(of: "trace_event_class.system"),
            let event = try memory.word(probe.structure &- UInt64(part) &+ UInt64(pointer)),
            let nameAddress = try memory.word(event &+ UInt64(nameField)),
            let name = try text(at: nameAddress)
        else { return nil }
        guard let kind = try memory.word(event &+ UInt64(classField)),
            let group = try memory.word(kind &+ UInt64(groupField)), let group = try text(at: group)
        else { return name }
        return "\(group)/\(name)"
    }

    /// A text that ends with a zero, 63 bytes at most; `nil` where it can't be read.
    func text(at address: UInt64) throws(KernelMemoryError) -> String? {
        if address == 0 { return nil }
        // Not past a page's end, which may be memory's.
        let count = min(64, Int(4096 - address % 4096))
        return try memory.bytes(address, count)?.textBeforeZero
    }
}
