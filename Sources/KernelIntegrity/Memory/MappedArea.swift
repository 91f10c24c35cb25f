// SPDX-License-Identifier: Apache-2.0

/// A piece of memory that the kernel has mapped (`struct vmap_area` and `vm_struct`).
struct MappedArea: Hashable, Sendable {
    var addresses: Range<UInt64>
    /// Of its `struct vm_struct`.
    var structure: UInt64
    /// The place in the kernel's text that asked for it.
    var caller: UInt64
}

extension KernelFacts {
    /// Where modules, BPF's programs and trampolines lie (arch/x86/include/asm/pgtable_64_types.h).
    static let moduleSpace: Range<UInt64> = 0xffff_ffff_a000_0000..<0xffff_ffff_ff00_0000

    /// Areas in that space: on a list of their own before 6.9, later on one for each node.
    func moduleAreas() throws(KernelMemoryError) -> [MappedArea] {
        guard let start = offset(of: "vmap_area.va_start"), let end = offset(of: "vmap_area.va_end"),
            let link = offset(of: "vmap_area.list"), let structure = offset(of: "vmap_area.vm"),
            let caller = offset(of: "vm_struct.caller")
        else { return [] }
        var areas: [MappedArea] = []
        for head in try areaLists() {
            let list = try memory.elements(
                ofListAt: head, link: link, fields: [(start, 8), (end, 8), (structure, 8)], limit: 1_000_000)
            for element in list.elements where Self.moduleSpace.contains(element.number(0)) {
                guard element.number(0) < element.number(1), element.number(2) != 0 else { continue }
                areas.append(
                    MappedArea(
                        addresses: element.number(0)..<element.number(1), structure: element.number(2), caller: 0))
            }
        }
        let callers = try memory.gather(areas.map { $0.structure &+ UInt64(caller) }, 8)
        for (index, caller) in callers.enumerated() { areas[index].caller = caller?.littleEndianNumber ?? 0 }
        return areas
    }

    private func areaLists() throws(KernelMemoryError) -> [UInt64] {
        if let list = address(of: "vmap_area_list") { return [list] }
        guard let pointer = address(of: "vmap_nodes"), let countAt = address(of: "nr_vmap_nodes"),
            let size = size(of: "vmap_node"), let list = offset(of: "vmap_node.busy.head"),
            let nodes = try memory.word(pointer), let count = try memory.bytes(countAt, 4)?.littleEndianNumber
        else { return [] }
        return (0..<min(count, 1024)).map { nodes &+ $0 * UInt64(size) &+ UInt64(list) }
    }

    /// Whether this kernel tells its mapped areas in a form that is known.
    var tellsMappedAreas: Bool { address(of: "vmap_area_list") != nil || address(of: "vmap_nodes") != nil }
}
