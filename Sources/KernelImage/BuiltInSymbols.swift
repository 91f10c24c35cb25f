// SPDX-License-Identifier: Apache-2.0

/// The symbols that a kernel has built in for itself, found without symbols.
///
/// They are what `/proc/kallsyms` shows of the image, but read from the file, so that a kernel that was tampered with can't
/// say where its tables lie. scripts/kallsyms.c writes, in one run of `.rodata`: the number of symbols, their names (a length
/// of one or two bytes, then as many indices of tokens), a mark for every 256th name, 256 tokens, and where each token
/// begins (and somewhere among it, in which order names sort). The tokens of digits stand for themselves and next to each other, which is what is looked for. Addresses are 32-bit
/// words: up to Linux 6.3 before all that, since then behind it.
struct BuiltInSymbols {
    /// How many words are taken for the number of names, each of which costs a walk over as many names.
    private static let attemptLimit = 4096

    private let memory: UnsafeRawBufferPointer
    /// Where the memory is linked to lie.
    private let address: UInt64
    /// Where each of 256 tokens lies in the memory.
    private var tokens: [Range<Int>] = []
    private var names = 0..<0
    private var count = 0
    /// Of the number of names.
    private var numberPlace = 0
    /// Of the 256 words behind the tokens.
    private var indexEnd = 0

    /// - Parameter textStart: where `.text` is linked to lie, at the symbol `_text`.
    /// - Throws: `lacking`, where nothing of that shape is found.
    static func read(from kernel: ELFKernel, textStart: UInt64) throws(KernelImageError) -> KernelSymbolTable {
        let section = try kernel.need(".rodata")
        let table = kernel.bytes.withUnsafeBytes { bytes -> KernelSymbolTable? in
            let memory = UnsafeRawBufferPointer(rebasing: bytes[section.offset..<section.offset + section.size])
            var symbols = BuiltInSymbols(memory: memory, address: section.address)
            guard symbols.findTokens(), symbols.findNames() else { return nil }
            return symbols.table(textStart: textStart)
        }
        guard let table else { throw .lacking("built-in symbols (CONFIG_KALLSYMS, CONFIG_KALLSYMS_ALL)") }
        return table
    }

    private init(memory: UnsafeRawBufferPointer, address: UInt64) {
        self.memory = memory
        self.address = address
    }

    private func word32(_ offset: Int) -> UInt32? {
        guard offset >= 0, offset <= memory.count - 4 else { return nil }
        return UInt32(littleEndian: memory.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    private func aligned(_ offset: Int) -> Int { (offset + 7) & ~7 }

    /// Finds the tokens by those of the digits, which are 48 to 57, and checks them by the words behind them.
    private mutating func findTokens() -> Bool {
        // "0", "1", "2" and "3", each with a zero behind it.
        let digits: UInt64 = 0x0033_0032_0031_0030
        for position in 0..<max(0, memory.count - 8)
        where UInt64(littleEndian: memory.loadUnaligned(fromByteOffset: position, as: UInt64.self)) == digits {
            for start in starts(ofTokensBefore: position) where takeTokens(from: start) { return true }
        }
        return false
    }

    /// Where the first of the 48 tokens before those of the digits may begin: at a multiple of four, and at a zero at the latest.
    private func starts(ofTokensBefore position: Int) -> [Int] {
        var ends = 0
        var start = position
        var found: [Int] = []
        while start > 0, position - start < 48 * 128 {
            if ends == 48, start & 3 == 0 { found.append(start) }
            if memory[start - 1] == 0 {
                if ends == 48 { break }
                ends += 1
            }
            start -= 1
        }
        return found
    }

    private mutating func takeTokens(from start: Int) -> Bool {
        var position = start
        tokens = []
        for _ in 0..<256 {
            let first = position
            while position < memory.count, memory[position] != 0 { position += 1 }
            guard position < memory.count, position - first < 256 else { return false }
            tokens.append(first..<position)
            position += 1
        }
        for index in [(position + 3) & ~3, aligned(position)] where index <= memory.count - 512 {
            let agrees = tokens.indices.allSatisfy { token in
                memory.loadUnaligned(fromByteOffset: index + token * 2, as: UInt16.self)
                    == UInt16(truncatingIfNeeded: tokens[token].lowerBound - start)
            }
            if agrees {
                indexEnd = index + 512
                return true
            }
        }
        return false
    }

    /// Finds the names by the number of them before, and the marks behind: going back from the tokens, at each word that could
    /// be the number of names of 4 to 40 bytes up to the tokens. With 256 or fewer there would be nothing to check it by.
    private mutating func findNames() -> Bool {
        var attempts = 0
        let end = tokens[0].lowerBound
        var candidate = end & ~3
        while candidate >= 8 {
            // The number is filled up to eight bytes while other fields have eight.
            for (place, isFilled) in [(candidate - 4, false), (candidate - 8, true)] {
                guard let number = word32(place).map(Int.init), (end - candidate) / 40 <= number,
                    number <= (end - candidate) / 4, number > 256, number <= KernelSymbolTable.symbolLimit,
                    !isFilled || word32(candidate - 4) == 0
                else { continue }
                attempts += 1
                guard attempts <= Self.attemptLimit else { return false }
                if let namesEnd = endOfMarkedNames(number, from: candidate, before: end) {
                    names = candidate..<namesEnd
                    count = number
                    numberPlace = place
                    return true
                }
            }
            candidate -= 4
        }
        return false
    }

    /// Where that many names end; nil unless behind them stand the marks of every 256th.
    private func endOfMarkedNames(_ number: Int, from start: Int, before limit: Int) -> Int? {
        var marks: [UInt32] = []
        var position = start
        for index in 0..<number {
            if index & 255 == 0 { marks.append(UInt32(truncatingIfNeeded: position - start)) }
            guard let indices = name(position, before: limit) else { return nil }
            position = indices.upperBound
        }
        for table in [(position + 3) & ~3, aligned(position)] {
            if marks.indices.allSatisfy({ word32(table + $0 * 4) == marks[$0] }) { return position }
        }
        return nil
    }

    /// The tokens of the name at a position; two bytes tell its length when the first has its highest bit.
    private func name(_ position: Int, before limit: Int) -> Range<Int>? {
        guard position >= 0, position < limit - 1 else { return nil }
        var length = Int(memory[position])
        var start = position + 1
        if length & 0x80 != 0 {
            length = length & 0x7f | Int(memory[start]) << 7
            start += 1
        }
        return length > 0 && length <= limit - start ? start..<start + length : nil
    }

    /// Expands the names; the first letter of each is its type.
    private func table(textStart: UInt64) -> KernelSymbolTable? {
        var entries: [KernelSymbolTable.Entry] = []
        entries.reserveCapacity(count)
        var text: [UInt8] = []
        text.reserveCapacity(count * 28)
        var position = names.lowerBound
        var textIndex: Int?
        for index in 0..<count {
            guard let indices = name(position, before: names.upperBound + 1) else { return nil }
            position = indices.upperBound
            let start = text.count
            for token in memory[indices] { text.append(contentsOf: memory[tokens[Int(token)]]) }
            let length = text.count - start - 1
            guard length > 0, length <= 1024, text.count <= KernelSymbolTable.nameBytesLimit else { return nil }
            entries.append(
                KernelSymbolTable.Entry(address: 0, name: UInt32(start + 1), length: UInt16(length), module: 0))
            if textIndex == nil, text[(start + 1)...].elementsEqual("_text".utf8) { textIndex = index }
        }
        guard let textIndex, let addresses = addresses(textIndex: textIndex, textStart: textStart) else { return nil }
        for index in entries.indices { entries[index].address = addresses[index] }
        return KernelSymbolTable(entries: entries, names: text, modules: [""])
    }

    /// Finds the addresses, before the number of symbols or behind the tokens' index, by what `_text` must come to.
    private func addresses(textIndex: Int, textStart: UInt64) -> [UInt64]? {
        let starts = [aligned(indexEnd), indexEnd, numberPlace - 8 - aligned(count * 4), numberPlace - count * 4]
        for start in starts where start >= 0 && start <= memory.count - count * 4 {
            for encoding in Encoding.allCases {
                guard let word = word32(start + textIndex * 4) else { continue }
                let base: UInt64
                switch encoding {
                case .own: base = address &+ UInt64(start)
                case .base: base = textStart &- UInt64(word)
                case .downward: base = textStart &+ 1 &+ UInt64(bitPattern: Int64(Int32(bitPattern: word)))
                }
                let all = (0..<count).map { encoding.address(word32(start + $0 * 4) ?? 0, base: base, index: $0) }
                // scripts/kallsyms.c sorts them by address; per-CPU variables linked at 0 come first.
                if all[textIndex] == textStart, !zip(all, all.dropFirst()).contains(where: { $0 > $1 }),
                    encoding == .own || base == textStart || holds(base, behind: start)
                {
                    return all
                }
            }
        }
        return nil
    }

    /// Whether the base stands behind the offsets.
    private func holds(_ base: UInt64, behind start: Int) -> Bool {
        let place = start + aligned(count * 4)
        guard place <= memory.count - 8 else { return false }
        return UInt64(littleEndian: memory.loadUnaligned(fromByteOffset: place, as: UInt64.self)) == base
    }

    /// How 32 bits tell an address.
    private enum Encoding: CaseIterable {
        /// From the word itself: Linux 7.2 does.
        case own
        /// From a base that the image tells, mostly where the kernel begins.
        case base
        /// `CONFIG_KALLSYMS_ABSOLUTE_PERCPU`, up to Linux 6.14: one that isn't negative is an address, and a negative one
        /// counts downward from one before the base.
        case downward

        func address(_ word: UInt32, base: UInt64, index: Int) -> UInt64 {
            let signed = UInt64(bitPattern: Int64(Int32(bitPattern: word)))
            switch self {
            case .own: return base &+ UInt64(index * 4) &+ signed
            case .base: return base &+ UInt64(word)
            case .downward: return Int32(bitPattern: word) >= 0 ? UInt64(word) : base &- 1 &- signed
            }
        }
    }
}
