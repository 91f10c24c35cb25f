// SPDX-License-Identifier: Apache-2.0

/// A user of ftrace (`struct ftrace_ops`, include/linux/ftrace.h): tracers, kprobes, live patches, BPF trampolines, modules.
struct TracingOperation: Hashable, Sendable {
    /// Bits of `flags`, the same in 6.1, 6.12 and 7.2: `FTRACE_OPS_FL_IPMODIFY`, `_DIRECT`.
    static let modifiesInstructionPointer: UInt64 = 1 << 12
    static let callsDirectly: UInt64 = 1 << 17

    var address: UInt64
    /// What is called at each place. ftrace puts its own function here where it has to check something first.
    var function: UInt64
    /// What was registered.
    var savedFunction: UInt64
    var flags: UInt64
    var trampoline: UInt64
    var trampolineSize: UInt64
    /// Its `struct ftrace_ops_hash`: which functions it is for.
    var filter: UInt64

    /// The user's own function, where ftrace has kept it.
    var registeredFunction: UInt64 { savedFunction == 0 ? function : savedFunction }
}

extension KernelFacts {
    /// The users on one of ftrace's lists (kernel/trace/ftrace.c). The list has no head of its kind: it ends with
    /// `ftrace_list_end`. None where the kernel has no ftrace, or the list changes just now.
    func tracingOperations(from list: String) throws(KernelMemoryError) -> [TracingOperation] {
        guard let start = address(of: list) else { return [] }
        guard list == "ftrace_ops_list" else { return try tracingOperations(onListAt: start) }
        guard let next = offset(of: "ftrace_ops.next"), let fields = tracingFields,
            let first = try memory.word(start)
        else { return [] }
        let walked = try memory.walk(
            KernelList(
                link: 0, follow: next, head: address(of: "ftrace_list_end") ?? 0, fields: fields, limit: 10_000),
            from: first)
        return walked.elements.map(TracingOperation.init)
    }

    /// The users on a list with a head, by `ftrace_ops.list`.
    func tracingOperations(onListAt head: UInt64) throws(KernelMemoryError) -> [TracingOperation] {
        guard let link = offset(of: "ftrace_ops.list"), let fields = tracingFields else { return [] }
        return try memory.elements(ofListAt: head, link: link, fields: fields, limit: 10_000).elements
            .map(TracingOperation.init)
    }

    private var tracingFields: [(offset: Int, count: Int)]? {
        let names = ["func", "saved_func", "flags", "trampoline", "trampoline_size", "func_hash"]
        let fields = names.compactMap { offset(of: "ftrace_ops.\($0)") }
        return fields.count == names.count ? fields.map { ($0, 8) } : nil
    }
}

extension TracingOperation {
    fileprivate init(_ element: WalkedList.Element) {
        self.init(
            address: element.address, function: element.number(0), savedFunction: element.number(1),
            flags: element.number(2), trampoline: element.number(3), trampolineSize: element.number(4),
            filter: element.number(5))
    }
}

/// The functions that a user of ftrace is for.
enum TracedFunctions: Hashable, Sendable {
    /// All that can be traced, but for those it excludes.
    case all
    /// Where the kernel's call sites lie.
    case some([UInt64])

    var count: Int? {
        switch self {
        case .all: nil
        case .some(let sites): sites.count
        }
    }
}

extension KernelFacts {
    /// By `ftrace_ops.func_hash`: an empty filter stands for all.
    func tracedFunctions(filter: UInt64) throws(KernelMemoryError) -> TracedFunctions {
        guard filter != 0, let field = offset(of: "ftrace_ops_hash.filter_hash"),
            let hash = try memory.word(filter &+ UInt64(field))
        else { return .some([]) }
        let entries = try entries(ofHash: hash)
        return entries.isEmpty ? .all : .some(entries.map(\.site))
    }

    /// The entries of a `struct ftrace_hash`: where the site is, and what is called there directly, if that is its purpose.
    func entries(ofHash hash: UInt64) throws(KernelMemoryError) -> [(site: UInt64, direct: UInt64)] {
        guard hash != 0, let bitsField = offset(of: "ftrace_hash.size_bits"),
            let bucketsField = offset(of: "ftrace_hash.buckets"), let countField = offset(of: "ftrace_hash.count"),
            let site = offset(of: "ftrace_func_entry.ip"), let direct = offset(of: "ftrace_func_entry.direct"),
            let next = offset(of: "ftrace_func_entry.hlist.next"), max(site, direct, next) + 8 <= 64,
            let bits = try memory.word(hash &+ UInt64(bitsField)),
            let buckets = try memory.word(hash &+ UInt64(bucketsField)),
            let count = try memory.word(hash &+ UInt64(countField)), count > 0, bits <= 16,
            var links = try memory.words(buckets, count: 1 << Int(bits))
        else { return [] }
        // All buckets at once, one element of each after another.
        var found: [(site: UInt64, direct: UInt64)] = []
        links.removeAll { $0 == 0 }
        while !links.isEmpty, found.count < 1_000_000 {
            var onward: [UInt64] = []
            for case let element? in try memory.gather(links, max(site, direct, next) + 8) {
                found.append((element[site...].littleEndianNumber, element[direct...].littleEndianNumber))
                let link = element[next...].littleEndianNumber
                if link != 0 { onward.append(link) }
            }
            links = onward
        }
        return found
    }
}
