// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import LinuxSystem
import Synchronization

/// `modules`: all that tells of loaded modules tells the same: the kernel's list, `/proc/modules`, `/sys/module`, the tree by which
/// addresses are found to be a module's, and the memory that was asked for to load them.
///
/// What is about to come or to go isn't on all of them, and aside; a view is compared with the list as it was before and after.
/// Memory of the loader's in which no module's structure is found counts when it has been nobody's for ten seconds: what a module
/// started with is freed late. Limits: since 6.15 or so text lies in memory that is shared, and a module that hides is told by its
/// data only. Fixture: `hide_module`.
public final class ModulesCheck: IntegrityCheck {
    public let name = "modules"
    public let covers =
        "The list of modules, /proc/modules, /sys/module, the tree of modules and their memory: none is hidden."
    public let pace = CheckPace.fast

    /// Memory that was nobody's, and when first: nanoseconds since boot.
    private let nobodys = Mutex<[MappedArea: (since: UInt64, looks: Int)]>([:])
    private static let patience: UInt64 = 10_000_000_000

    public init() {}

    public func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        let facts = kernel.facts
        let before = try facts.listedModules()
        guard kernel.address(of: "modules") != nil else {
            result.gaps.append("this kernel has no modules")
            return result
        }
        let tree = try facts.modulesInTree()
        let shown = Self.shownInProc()
        let inSysfs = Self.liveInSysfs()
        let areas = try facts.moduleAreas()
        let after = try facts.listedModules()
        if !before.isComplete || !after.isComplete {
            result.gaps.append("the list of modules couldn't be followed to its end")
        }
        let listed = Lists(before.modules, after.modules)

        // What is on the list and isn't elsewhere.
        for module in listed.steady {
            var missing: [String] = []
            if let tree, !tree.contains(module.address) { missing.append("the tree of modules") }
            if let shown, !shown.contains(module.name) { missing.append("/proc/modules") }
            if let inSysfs, !inSysfs.contains(module.name) { missing.append("/sys/module") }
            if !missing.isEmpty { result.observations.append(Self.violation(module.name, missing)) }
        }
        // What is elsewhere and not on the list.
        var hidden: Set<String> = []
        for address in (tree ?? []).subtracting(listed.addresses) {
            guard let module = try facts.module(at: address), module.isLive else { continue }
            hidden.insert(module.name)
        }
        for name in (shown ?? []).union(inSysfs ?? []).subtracting(listed.names) { hidden.insert(name) }
        for area in try strayAreas(areas, listed, kernel) {
            if let name = area.name { hidden.insert(name) } else { result.observations.append(Self.nameless) }
        }
        for name in hidden.sorted() { result.observations.append(Self.violation(name, ["the list of modules"])) }

        if tree == nil { result.gaps.append("the tree of modules can't be read") }
        if shown == nil { result.gaps.append("/proc/modules can't be read") }
        if inSysfs == nil { result.gaps.append("/sys/module can't be read") }
        if !facts.tellsMappedAreas { result.gaps.append("this kernel doesn't tell what memory it has mapped") }
        result.extent = "\(listed.steady.count) modules, \(areas.count) areas of memory"
        return result
    }

    private struct Lists {
        /// On the list before and after, and neither coming nor going.
        var steady: [LoadedModule]
        var names: Set<String>
        var addresses: Set<UInt64>
        var memory: [Range<UInt64>]

        init(_ before: [LoadedModule], _ after: [LoadedModule]) {
            let all = before + after
            let live = Set(before.filter(\.isLive).map(\.address))
            steady = after.filter { $0.isLive && live.contains($0.address) }
            names = Set(all.map(\.name))
            addresses = Set(all.map(\.address))
            memory = all.flatMap { $0.memory + $0.initialMemory }
        }
    }

    private static func violation(_ module: String, _ missing: [String]) -> Observation {
        Observation(
            .violation, subject: module,
            summary: "module \(module) is loaded and hidden from \(missing.joined(separator: " and "))",
            attribution: "module \(module)", advice: Observation.distrust)
    }

    private static let nameless = Observation(
        .violation, subject: "memory of modules",
        summary: "memory that was asked for to load a module belongs to none", advice: Observation.distrust)

    // MARK: What user space is shown

    private static func shownInProc() -> Set<String>? {
        guard let text = try? FileSystem.readText("/proc/modules") else { return nil }
        return Set(
            text.split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ")
                return words.count >= 5 && words[4] == "Live" ? String(words[0]) : nil
            })
    }

    /// Built-in ones have no state.
    private static func liveInSysfs() -> Set<String>? {
        guard let names = try? FileSystem.list("/sys/module") else { return nil }
        return Set(
            names.filter { name in
                (try? FileSystem.readText("/sys/module/\(name)/initstate"))?.hasPrefix("live") ?? false
            })
    }

    // MARK: Memory

    /// Functions of the kernel that ask for memory to load a module, and for nothing else; and, since 6.12, to change code of
    /// other kinds too.
    private static let loaders: Set = [
        "load_module", "move_module", "layout_and_allocate", "layout_and_allocate.isra.0",
    ]
    private static let sharedLoaders: Set = ["execmem_alloc", "execmem_alloc_rw", "execmem_vmalloc", "module_alloc"]

    /// Memory of the loader's that no listed module has, with the name of the module whose structure lies in it.
    private func strayAreas(
        _ areas: [MappedArea], _ listed: Lists, _ kernel: KernelView
    ) throws(KernelMemoryError) -> [(area: MappedArea, name: String?)] {
        var stray: [(area: MappedArea, name: String?)] = []
        var unknown: Set<MappedArea> = []
        for area in areas {
            let caller = kernel.facts.symbol(at: area.caller)?.name ?? ""
            let isLoaders = Self.loaders.contains(caller)
            guard isLoaders || Self.sharedLoaders.contains(caller) else { continue }
            if listed.memory.contains(where: { $0.overlaps(area.addresses) }) { continue }
            if let module = try moduleIn(area, kernel) {
                if module.isLive { stray.append((area, module.name)) }
            } else if isLoaders {
                unknown.insert(area)
            }
        }
        let now = Clock.boot()
        nobodys.withLock { known in
            known = known.filter { unknown.contains($0.key) }
            for area in unknown {
                let then = known[area] ?? (now, 0)
                known[area] = (then.since, then.looks + 1)
                if now - then.since >= Self.patience, then.looks >= 2 { stray.append((area, nil)) }
            }
        }
        return stray
    }

    /// How much of an area is looked through, and how a `struct module` is aligned in it.
    private static let areaLimit = 1 << 20
    private static let alignment = 64

    private func moduleIn(
        _ area: MappedArea, _ kernel: KernelView
    ) throws(KernelMemoryError) -> (name: String, isLive: Bool)? {
        guard let own = kernel.offset(of: "module.mkobj.mod") else { return nil }
        // Behind the last page there is one that isn't mapped.
        let bytes = try kernel.memory.read(
            area.addresses.lowerBound, min(area.addresses.count, Self.areaLimit)
        ).bytes
        for offset in stride(from: 0, to: bytes.count - own - 8, by: Self.alignment) {
            let address = area.addresses.lowerBound + UInt64(offset)
            guard bytes[(offset + own)...].littleEndianNumber == address else { continue }
            if let module = try kernel.facts.module(at: address), !module.name.isEmpty { return module }
        }
        return nil
    }
}
