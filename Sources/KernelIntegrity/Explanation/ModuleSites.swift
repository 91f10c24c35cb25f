// SPDX-License-Identifier: Apache-2.0

/// Where the kernel changes a module's text while it is loaded, by the module's own tables, and what may stand there.
struct ModuleSites: Sendable {
    enum Kind: Hashable, Sendable {
        /// A function's beginning, at which ftrace and BPF put calls.
        case functionEntry
        /// With the address that it jumps to when it does.
        case staticKey(target: UInt64, key: UInt64)
        /// With the key's address, behind which the function is.
        case staticCall(key: UInt64)
        case probe
    }

    struct Site: Hashable, Sendable {
        var address: UInt64
        var length: Int
        var kind: Kind
    }

    /// By address.
    private let sites: [Site]

    init(_ sites: [Site]) { self.sites = sites.sorted { ($0.address, $0.length) < ($1.address, $1.length) } }

    /// Those that cover an address; the longest has 6 bytes.
    func covering(_ address: UInt64) -> [Site] {
        var low = 0
        var high = sites.count
        while low < high {
            let middle = (low + high) / 2
            if sites[middle].address &+ 8 <= address { low = middle + 1 } else { high = middle }
        }
        return sites[low...].prefix { $0.address <= address }.filter { address < $0.address &+ UInt64($0.length) }
    }
}

extension KernelView {
    /// A module's sites, and the probes that lie in it.
    func sites(of module: LoadedModule) throws(KernelMemoryError) -> ModuleSites {
        var sites: [ModuleSites.Site] = []
        for place in try table("ftrace_callsites", count: "num_ftrace_callsites", size: 8, of: module) {
            sites.append(.init(address: place.bytes.littleEndianNumber, length: 5, kind: .functionEntry))
        }
        if let size = size(of: "jump_entry"), let code = offset(of: "jump_entry.code"),
            let target = offset(of: "jump_entry.target"), let key = offset(of: "jump_entry.key")
        {
            for entry in try table("jump_entries", count: "num_jump_entries", size: size, of: module) {
                sites.append(
                    .init(
                        address: entry.relative(code), length: 5,
                        kind: .staticKey(target: entry.relative(target), key: entry.relative64(key) & ~3)))
            }
        }
        if let size = size(of: "static_call_site"), let code = offset(of: "static_call_site.addr"),
            let key = offset(of: "static_call_site.key")
        {
            for entry in try table("static_call_sites", count: "num_static_call_sites", size: size, of: module) {
                // The two lowest bits say that it is a tail call, and that it is of the start.
                sites.append(
                    .init(
                        address: entry.relative(code) & ~3, length: 6, kind: .staticCall(key: entry.relative(key) & ~3))
                )
            }
        }
        for probe in try facts.probedAddresses() where module.text.contains(probe) {
            // A breakpoint, or a jump where it was optimised.
            sites.append(.init(address: probe, length: 5, kind: .probe))
        }
        return ModuleSites(sites)
    }

    private struct Entry {
        var address: UInt64
        var bytes: ArraySlice<UInt8>

        /// What a field of 32 bits points to, from where it lies.
        func relative(_ field: Int) -> UInt64 {
            let number = bytes.dropFirst(field).prefix(4).littleEndianNumber
            let distance = Int64(Int32(bitPattern: UInt32(truncatingIfNeeded: number)))
            return address &+ UInt64(field) &+ UInt64(bitPattern: distance)
        }

        func relative64(_ field: Int) -> UInt64 {
            address &+ UInt64(field) &+ bytes.dropFirst(field).prefix(8).littleEndianNumber
        }
    }

    /// A table that a `struct module` points to.
    private func table(
        _ pointer: String, count: String, size: Int, of module: LoadedModule
    ) throws(KernelMemoryError) -> [Entry] {
        guard let pointer = offset(of: "module.\(pointer)"), let counter = offset(of: "module.\(count)"),
            let start = try memory.word(module.address &+ UInt64(pointer)), start != 0,
            let count = try memory.bytes(module.address &+ UInt64(counter), 4)?.littleEndianNumber, count > 0,
            count <= 1_000_000, let bytes = try memory.bytes(start, Int(count) * size)
        else { return [] }
        return (0..<Int(count)).map { index in
            Entry(address: start &+ UInt64(index * size), bytes: bytes[(index * size)..<((index + 1) * size)])
        }
    }
}
