// SPDX-License-Identifier: Apache-2.0

/// A kernel of a few pages with one place of each kind, as an ELF file and as a bzImage.
///
/// Everything lies at the same distance in the file as in memory: address `base + n` at file offset `0x1000 + n`.
struct SyntheticKernel {
    /// What symbols are built in.
    static let symbolCount = 321

    /// How the built-in symbols tell addresses, and where they lie.
    enum SymbolEncoding: CaseIterable {
        /// Linux 6.1: before the names, downward from a base.
        case downward
        /// Linux 6.12: behind the tokens, upward from where the kernel begins.
        case upward
        /// Linux 7.2: behind the tokens, from the word itself.
        case own
    }

    static let base: UInt64 = 0xffff_ffff_8100_0000
    static let textSize = 0x2000
    static let rodata = 0x3000
    static let data = 0x9000
    static let tables = 0xa000
    static let replacements = 0xc000
    static let end = 0xd000

    /// Offsets of places in text.
    enum Place {
        static let alternative = 0x100
        static let nested = 0x140
        static let directCall = 0x180
        static let retpoline = 0x200
        static let returnThunk = 0x240
        static let call = 0x280
        static let sealedEntry = 0x2c0
        static let lockPrefix = 0x300
        static let functionEntry = 0x340
        static let shortKey = 0x380
        static let longKey = 0x3c0
        static let staticCall = 0x400
        static let tailCall = 0x440
        static let conditionalCall = 0x460
        static let trampoline = 0x480
        static let constant = 0x4c0
        static let paravirtual = 0x500
        static let relocated = 0x540
        static let ftraceCall = 0x580
        static let dispatcher = 0x5c0
        /// At the page's end, so that half of it is on the next one.
        static let cut = 0xffe
        static let indirectThunks = 0x1200
        static let returnThunks = 0x1400
        static let otherReturnThunk = 0x1410
        static let function = 0x1500
    }

    var encoding = SymbolEncoding.upward
    /// Entries of 12 bytes, as up to Linux 6.2, or of 14.
    var hasFlags = true
    var hasRelocations = true
    /// Left out, to see what is said then.
    var without: String?

    private(set) var text: [UInt8]

    init(encoding: SymbolEncoding = .upward, hasFlags: Bool = true) {
        self.encoding = encoding
        self.hasFlags = hasFlags
        // Bytes of no meaning, none of which is a no-operation, a prefix or `int3`.
        text = (0..<Self.textSize).map { UInt8(truncatingIfNeeded: 0x40 + ($0 * 7) % 16) }
        put([0xff, 0x15, 1, 2, 3, 4, 0x90, 0x90, 0x90], at: Place.alternative)
        put([0x90, 0x90, 0x90, 0x90, 0x90, 0x90], at: Place.nested)
        put([0xff, 0x15, 9, 9, 9, 9], at: Place.directCall)
        put(relative(0xe8, from: Place.retpoline, to: Place.indirectThunks + 3 * 32), at: Place.retpoline)
        put(relative(0xe9, from: Place.returnThunk, to: Place.returnThunks), at: Place.returnThunk)
        put(relative(0xe8, from: Place.call, to: Place.function), at: Place.call)
        put([0xf3, 0x0f, 0x1e, 0xfa], at: Place.sealedEntry)
        put([0xf0, 0xff, 0x01], at: Place.lockPrefix)
        put(relative(0xe8, from: Place.functionEntry, to: Place.function), at: Place.functionEntry)
        put([0x66, 0x90], at: Place.shortKey)
        put([0x0f, 0x1f, 0x44, 0, 0], at: Place.longKey)
        put(relative(0xe8, from: Place.staticCall, to: Place.trampoline), at: Place.staticCall)
        put(relative(0xe9, from: Place.tailCall, to: Place.trampoline), at: Place.tailCall)
        put([0x0f] + relative(0x84, from: Place.conditionalCall + 1, to: Place.trampoline), at: Place.conditionalCall)
        put(relative(0xe9, from: Place.trampoline, to: Place.function) + [0x0f, 0xb9, 0xcc], at: Place.trampoline)
        put([0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01], at: Place.constant)
        put([0xff, 0x14, 0x25, 5, 6, 7, 8], at: Place.paravirtual)
        put([0x00, 0x10, 0x00, 0x81, 0x00, 0x20, 0x00, 0x81, 0xff, 0xff, 0xff, 0xff], at: Place.relocated)
        put(relative(0xe8, from: Place.cut, to: Place.function), at: Place.cut)
        put(relative(0xe8, from: Place.ftraceCall, to: Place.function), at: Place.ftraceCall)
        put([0xf3, 0x0f, 0x1e, 0xfa, 0x0f, 0x1f, 0x44, 0, 0], at: Place.dispatcher)
        // Padding before the function, in which call depth is counted.
        put([UInt8](repeating: 0x90, count: 16), at: Place.function - 16)
    }

    mutating func put(_ bytes: [UInt8], at offset: Int) {
        text.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }

    /// An opcode with a 32-bit operand that leads from one offset to another.
    func relative(_ opcode: UInt8, from: Int, to: Int) -> [UInt8] { [opcode] + word(to - from - 5) }

    func word(_ value: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: value).littleEndian) { Array($0) }
    }

    private func wide(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    private func half(_ value: Int) -> [UInt8] { Array(word(value)[..<2]) }

    // MARK: - Tables

    /// Replacements: 5 bytes `call function`, 3 bytes, 5 bytes `jmp function` and 5 bytes `call function`.
    var replacementBytes: [UInt8] {
        relative(0xe8, from: Self.replacements, to: Place.function) + [0x31, 0xc0, 0x99]
            + relative(0xe9, from: Self.replacements + 8, to: Place.nested + 0x20)
            + relative(0xe8, from: Self.replacements + 13, to: Place.function)
    }

    private func alternatives(at table: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        func add(_ place: Int, _ length: Int, _ replacement: Int, _ replacementLength: Int, feature: Int, flags: Int) {
            let start = table + bytes.count
            bytes += word(place - start) + word(Self.replacements + replacement - start - 4)
            bytes += hasFlags ? half(feature) + half(flags) : half(feature | (flags & 1) << 15)
            bytes += [UInt8(length), UInt8(replacementLength)]
        }
        add(Place.alternative, 9, 0, 5, feature: 100, flags: 0)
        add(Place.alternative, 9, 5, 3, feature: 101, flags: 1)
        add(Place.nested, 6, 8, 5, feature: 102, flags: 0)
        if hasFlags { add(Place.directCall, 6, 13, 5, feature: 117, flags: 2) }
        return bytes
    }

    private func list(_ places: [Int], at table: Int) -> [UInt8] {
        places.enumerated().flatMap { word($0.element - table - $0.offset * 4) }
    }

    private struct Section {
        var name: String
        var offset: Int
        var bytes: [UInt8]
        var isExecutable = false
    }

    private func sections() -> [Section] {
        var sections = [Section(name: ".text", offset: 0, bytes: text, isExecutable: true)]
        sections.append(Section(name: ".rodata", offset: Self.rodata, bytes: rodataBytes()))
        let note = word(4) + word(4) + word(3) + Array("GNU\0".utf8) + [0xde, 0xad, 0xbe, 0xef]
        sections.append(Section(name: ".notes", offset: 0x8000, bytes: note))
        sections.append(Section(name: ".data", offset: Self.data, bytes: [1, 2, 3, 4]))
        var position = Self.tables
        func add(_ name: String, _ bytes: (Int) -> [UInt8]) {
            let content = bytes(position)
            sections.append(Section(name: name, offset: position, bytes: content))
            position += (content.count + 7) & ~7
        }
        add(".altinstructions", alternatives)
        add(".retpoline_sites") { list([Place.retpoline], at: $0) }
        add(".return_sites") { list([Place.returnThunk], at: $0) }
        add(".call_sites") { list([Place.call, Place.functionEntry], at: $0) }
        add(".ibt_endbr_seal") { list([Place.sealedEntry], at: $0) }
        add(".smp_locks") { list([Place.lockPrefix], at: $0) }
        add("runtime_ptr_constant") { list([Place.constant], at: $0) }
        add(".parainstructions") { _ in wide(Self.base + UInt64(Place.paravirtual)) + [1, 7, 0, 0, 0, 0, 0, 0] }
        sections.append(
            Section(
                name: ".altinstr_replacement", offset: Self.replacements, bytes: replacementBytes, isExecutable: true))
        return sections.filter { $0.name != without }
    }

    // MARK: - Read-only data

    private func rodataBytes() -> [UInt8] {
        var bytes = Array("!cmt,!mbmtotal,!mbmlocal,!l3cat\0constant".utf8)
        bytes += [UInt8](repeating: 0, count: 64 - bytes.count)
        let jumps = Self.rodata + 64
        for (place, target, key) in [
            (Place.shortKey, Place.shortKey + 0x20, 0x9000), (Place.longKey, Place.longKey + 0x200, 0x9011),
        ] {
            let start = Self.rodata + bytes.count
            bytes += word(place - start) + word(target - start - 4)
            bytes += wide(UInt64(bitPattern: Int64(key - start - 8)))
        }
        let calls = Self.rodata + bytes.count
        for (place, key) in [(Place.staticCall, 0x9020), (Place.tailCall, 0x9021), (Place.conditionalCall, 0x9021)] {
            let start = Self.rodata + bytes.count
            bytes += word(place - start) + word(key - start - 4)
        }
        let entries = Self.rodata + bytes.count
        bytes += wide(0) + wide(Self.base + UInt64(Place.functionEntry)) + wide(Self.base + UInt64(Place.cut))
        let stop = Self.rodata + bytes.count
        let symbols: [(String, Int)] = [
            ("_text", 0), ("__x86_indirect_thunk_rbx", Place.indirectThunks + 3 * 32),
            ("__x86_indirect_thunk_rcx", Place.indirectThunks + 32),
            ("__x86_indirect_call_thunk_rbx", Place.indirectThunks + 0x100),
            ("__x86_return_thunk", Place.returnThunks),
            ("srso_return_thunk", Place.otherReturnThunk), ("function", Place.function),
            ("__static_call_text_start", Place.trampoline), ("__static_call_text_end", Place.trampoline + 8),
            ("__start_ro_after_init", jumps), ("__end_ro_after_init", stop), ("_end", Self.end),
            ("__x86_call_depth", Self.data),
            ("ftrace_call", Place.ftraceCall), ("bpf_dispatcher_xdp_func", Place.dispatcher),
            ("__start___jump_table", jumps), ("__stop___jump_table", calls),
            ("__start_static_call_sites", calls), ("__stop_static_call_sites", entries),
            ("__start_mcount_loc", entries), ("__stop_mcount_loc", stop),
        ]
        bytes += builtInSymbols(symbols.filter { $0.0 != without }, at: Self.rodata + bytes.count)
        return bytes
    }

    /// As scripts/kallsyms.c writes them; a token for each letter.
    private func builtInSymbols(_ named: [(String, Int)], at start: Int) -> [UInt8] {
        let all = (named + (0..<300).map { ("filler_\($0)", Self.textSize - 301 + $0) }).enumerated()
            .sorted { ($0.element.1, $0.offset) < ($1.element.1, $1.offset) }.map(\.element)
        var names: [UInt8] = []
        var marks: [UInt8] = []
        for (index, symbol) in all.enumerated() {
            if index % 256 == 0 { marks += word(names.count) }
            names += [UInt8(symbol.0.utf8.count + 1), UInt8(ascii: "T")] + Array(symbol.0.utf8)
        }
        func filled(_ bytes: [UInt8]) -> [UInt8] { bytes + [UInt8](repeating: 0, count: -bytes.count & 7) }
        var tokens: [UInt8] = []
        var index: [UInt8] = []
        for code in 0..<256 {
            index += half(tokens.count)
            tokens += (33...126).contains(code) ? [UInt8(code), 0] : Array("zz\0".utf8)
        }
        func offsets(at table: Int) -> [UInt8] {
            let words = all.enumerated().flatMap { position, symbol in
                switch encoding {
                case .downward: word(-1 - symbol.1)
                case .upward: word(symbol.1)
                case .own: word(symbol.1 - table - position * 4)
                }
            }
            return filled(words) + wide(Self.base)
        }
        var bytes: [UInt8] = []
        if encoding == .downward { bytes += offsets(at: start) }
        bytes += filled(word(all.count)) + filled(names) + filled(marks) + filled(tokens) + filled(index)
        if encoding != .downward { bytes += offsets(at: start + bytes.count) }
        return bytes
    }

    // MARK: - Files

    /// The unpacked kernel, with relocations behind it: a 32-bit field, a 64-bit one and an inverse one.
    func elf() -> [UInt8] {
        let sections = sections()
        var file = [UInt8](repeating: 0, count: 0x1000 + Self.end)
        for section in sections {
            file.replaceSubrange(
                0x1000 + section.offset..<0x1000 + section.offset + section.bytes.count, with: section.bytes)
        }
        var names: [UInt8] = [0]
        var headers = [UInt8](repeating: 0, count: 64)
        func header(_ name: String, type: Int, flags: UInt64, address: UInt64, offset: Int, size: Int) {
            headers += word(names.count) + word(type) + wide(flags) + wide(address) + wide(UInt64(offset))
            headers += wide(UInt64(size)) + [UInt8](repeating: 0, count: 24)
            names += Array(name.utf8) + [0]
        }
        for section in sections {
            header(
                section.name, type: 1, flags: section.isExecutable ? 6 : 2, address: Self.base + UInt64(section.offset),
                offset: 0x1000 + section.offset, size: section.bytes.count)
        }
        header(".shstrtab", type: 3, flags: 0, address: 0, offset: file.count, size: 0x1000)
        names += [UInt8](repeating: 0, count: 0x1000 - names.count)
        let table = file.count + names.count
        file += names + headers
        file.replaceSubrange(0..<6, with: [0x7f, 0x45, 0x4c, 0x46, 2, 1])
        file.replaceSubrange(18..<20, with: half(62))
        file.replaceSubrange(40..<48, with: wide(UInt64(table)))
        file.replaceSubrange(58..<64, with: half(64) + half(sections.count + 2) + half(sections.count + 1))
        if hasRelocations {
            let place = Int(truncatingIfNeeded: Self.base) + Place.relocated
            file += word(0) + word(place + 4) + word(0) + word(place + 8) + word(0) + word(place)
        }
        return file
    }

    /// The file that a boot loader loads, with a payload packed by the caller.
    static func bootImage(payload: [UInt8]) -> [UInt8] {
        var file = [UInt8](repeating: 0, count: 1024 + 256)
        func put(_ bytes: [UInt8], at offset: Int) { file.replaceSubrange(offset..<offset + bytes.count, with: bytes) }
        put([1], at: 0x1f1)
        put([0x55, 0xaa], at: 0x1fe)
        put(Array("HdrS".utf8) + [0x0f, 0x02], at: 0x202)
        put(withUnsafeBytes(of: UInt32(256).littleEndian) { Array($0) }, at: 0x248)
        put(withUnsafeBytes(of: UInt32(payload.count).littleEndian) { Array($0) }, at: 0x24c)
        return file + payload
    }
}
