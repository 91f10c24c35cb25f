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
