// SPDX-License-Identifier: Apache-2.0

extension SiteTables {
    /// Reads the tables one after the other.
    struct Builder {
        let kernel: ELFKernel
        let text: ELFKernel.Section
        let layout: KernelLayout
        let symbols: KernelSymbolTable
        var places: [Place] = []
        var misplaced = 0

        init(kernel: ELFKernel, layout: KernelLayout, symbols: KernelSymbolTable) throws(KernelImageError) {
            self.kernel = kernel
            text = try kernel.need(".text")
            self.layout = layout
            self.symbols = symbols
        }

        /// A byte of text, as linked; nil elsewhere.
        private func byte(_ offset: Int) -> UInt8? {
            offset >= 0 && offset < text.size ? kernel.bytes[text.offset + offset] : nil
        }

        /// - Parameter detail: nil when the place isn't of its kind.
        private mutating func add(_ address: UInt64, _ kind: TextSite.Kind, detail: Int? = 0) {
            guard let offset = layout.offset(address) else { return }
            guard let detail else {
                misplaced += 1
                return
            }
            places.append(Place(offset: offset, kind: kind, detail: detail))
        }

        // MARK: - By sections' names

        mutating func readAlternatives(into tables: inout SiteTables) throws(KernelImageError) {
            let section = try kernel.need(".altinstructions")
            var entries = try AlternativeInstructions(section, of: kernel, layout: layout).entries
            if zip(entries, entries.dropFirst()).contains(where: { $0.place > $1.place }) {
                // The order of those at the same place counts.
                entries = entries.enumerated()
                    .sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }.map(\.element)
            }
            tables.alternatives = entries
            var start = 0
            while start < entries.count {
                var end = start
                var length: UInt8 = 0
                while end < entries.count, entries[end].place == entries[start].place {
                    length = max(length, entries[end].length)
                    end += 1
                }
                let place = layout.text.lowerBound + UInt64(entries[start].place)
                add(place, .alternative, detail: length > 0 ? tables.groups.count : nil)
                tables.groups.append(AlternativeGroup(length: length, entries: start..<end))
                start = end
            }
        }

        /// Lists of 32-bit words, each of which points to a place relative to itself.
        mutating func readRelativeLists() throws(KernelImageError) {
            let lists: [(String, TextSite.Kind)] = [
                (".retpoline_sites", .retpoline), (".return_sites", .returnThunk), (".call_sites", .call),
                (".ibt_endbr_seal", .sealedEntry), (".smp_locks", .lockPrefix),
            ]
            // A kernel built without a mitigation, or for one processor, hasn't its list.
            for (name, kind) in lists {
                guard let section = kernel.section(name) else { continue }
                for position in stride(from: 0, through: section.size - 4, by: 4) {
                    let address = section.address &+ UInt64(position)
                    guard let place = kernel.bytes.relative(at: section.offset + position, linkedAt: address) else {
                        break
                    }
                    add(place, kind)
                }
            }
        }

        mutating func readPointers(into tables: inout SiteTables) throws(KernelImageError) {
            // struct paravirt_patch_site: the address, a byte of type and one of length.
            if let section = kernel.section(".parainstructions") {
                for offset in stride(from: section.offset, through: section.offset + section.size - 16, by: 16) {
                    guard let place = kernel.bytes.word64(at: offset), let length = kernel.bytes.word8(at: offset + 9)
                    else { break }
                    add(place, .paravirtual, detail: length >= 2 ? tables.paravirtual.count : nil)
                    tables.paravirtual.append(length)
                }
            }
            // Functions that the linker dropped have a zero.
            for (offset, _) in try table("mcount_loc", entry: 8) {
                if let place = kernel.bytes.word64(at: offset), place != 0 { add(place, .functionEntry) }
            }
        }

        // MARK: - By symbols

        /// The entries between two symbols: where each lies in the file, and where it is linked.
        private func table(_ name: String, entry: Int) throws(KernelImageError) -> [(Int, UInt64)] {
            guard let start = symbols.address(of: "__start_\(name)"), let stop = symbols.address(of: "__stop_\(name)")
            else {
                throw .lacking("symbols __start_\(name) and __stop_\(name)")
            }
            guard stop >= start, let size = Int(exactly: stop - start), size % entry == 0,
                let range = kernel.fileRange(at: start, count: size)
            else { throw .malformed("the table \(name) isn't one") }
            return stride(from: 0, to: size, by: entry).map { (range.lowerBound + $0, start + UInt64($0)) }
        }

        /// struct jump_entry: place, target, and 64 bits for the key, each relative to itself.
        mutating func readStaticKeys(into tables: inout SiteTables) throws(KernelImageError) {
            for (offset, address) in try table("__jump_table", entry: 16) {
                guard let place = kernel.bytes.relative(at: offset, linkedAt: address),
                    let target = kernel.bytes.relative(at: offset + 4, linkedAt: address &+ 4),
                    let key = kernel.bytes.word64(at: offset + 8), layout.text.contains(place)
                else { continue }
                guard let length = branchLength(place) else {
                    misplaced += 1
                    continue
                }
                add(place, .staticKey, detail: tables.keys.count)
                // The lowest two bits say which way it was compiled, and that it lies in code that is dropped.
                tables.keys.append(
                    StaticKeyBranch(
                        length: length, target: Int(Int64(bitPattern: target &- layout.text.lowerBound)),
                        key: (address &+ 8 &+ key) & ~3))
            }
        }

        private func branchLength(_ place: UInt64) -> UInt8? {
            let offset = Int(place - layout.text.lowerBound)
            switch (byte(offset), byte(offset + 1)) {
            case (0xeb, _), (0x66, 0x90): return 2
            case (0xe9, _), (0x0f, 0x1f): return 5
            default: return nil
            }
        }

        /// struct static_call_site: place and key, each relative to itself; the key's lowest bit says that it is a jump.
        mutating func readStaticCalls(into tables: inout SiteTables) throws(KernelImageError) {
            for (offset, address) in try table("static_call_sites", entry: 8) {
                guard let place = kernel.bytes.relative(at: offset, linkedAt: address),
                    let key = kernel.bytes.relative(at: offset + 4, linkedAt: address &+ 4), layout.text.contains(place)
                else { continue }
                let first = byte(Int(place - layout.text.lowerBound))
                add(place, .staticCall, detail: tables.calls.count)
                tables.calls.append(StaticCallSite(key: key & ~3, isTail: key & 1 != 0, length: first == 0x0f ? 6 : 5))
            }
            // Trampolines end in an impossible instruction, ud1 %esp, %ecx (arch/x86/include/asm/static_call.h).
            guard let start = symbols.address(of: "__static_call_text_start"),
                let stop = symbols.address(of: "__static_call_text_end"), start <= stop,
                layout.text.contains(start), stop <= layout.text.upperBound
            else { throw .lacking("symbols __static_call_text_start and __static_call_text_end") }
            for place in stride(from: start, to: stop, by: 8) {
                let offset = Int(place - layout.text.lowerBound)
                if byte(offset + 5) == 0x0f, byte(offset + 6) == 0xb9, byte(offset + 7) == 0xcc {
                    add(place, .staticCallTrampoline)
                }
            }
        }

        /// Sections of 32-bit words relative to themselves, a section a constant (arch/x86/include/asm/runtime-const.h).
        mutating func readConstants(into tables: inout SiteTables) {
            for section in kernel.sections {
                let isPointer = section.name.hasPrefix("runtime_ptr_")
                guard section.isLoaded, isPointer || section.name.hasPrefix("runtime_shift_") else { continue }
                let name = UInt16(truncatingIfNeeded: tables.constantNames.count)
                tables.constantNames.append(String(section.name.dropFirst(isPointer ? 12 : 14)))
                for position in stride(from: 0, through: section.size - 4, by: 4) {
                    let address = section.address &+ UInt64(position)
                    guard let place = kernel.bytes.relative(at: section.offset + position, linkedAt: address) else {
                        break
                    }
                    add(place, .runtimeConstant, detail: tables.constants.count)
                    tables.constants.append(RuntimeConstant(name: name, length: isPointer ? 8 : 1))
                }
            }
        }

        /// What has a symbol and no table.
        mutating func readFixedPlaces() {
            for name in ["ftrace_call", "ftrace_regs_call", "ftrace_graph_call"] {
                for address in symbols.addresses(of: name) { add(address, .ftraceCall) }
            }
            let dispatchers = symbols.addresses { name in
                name.starts(with: "bpf_dispatcher_".utf8) && name.suffix(5).elementsEqual("_func".utf8)
            }
            for address in dispatchers where layout.text.contains(address) {
                // nopl 0(%rax,%rax), at the beginning or behind endbr64 (arch/x86/net/bpf_jit_comp.c).
                let start = Int(address - layout.text.lowerBound)
                let nop: [UInt8] = [0x0f, 0x1f, 0x44, 0x00, 0x00]
                for offset in [start, start + 4] where (0..<5).allSatisfy({ byte(offset + $0) == nop[$0] }) {
                    add(layout.text.lowerBound + UInt64(offset), .bpfDispatcher)
                    break
                }
            }
        }
    }
}
