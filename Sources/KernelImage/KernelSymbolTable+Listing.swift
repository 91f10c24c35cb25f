// SPDX-License-Identifier: Apache-2.0

extension KernelSymbolTable {
    /// Why a listing of symbols isn't taken.
    public enum ListingError: Error, Hashable, Sendable, CustomStringConvertible {
        /// A line that isn't "address type name [module]"; counted from 1.
        case line(Int)
        /// All addresses read zero.
        case hidden
        /// More symbols, names or modules than are kept.
        case tooMany

        public var description: String {
            switch self {
            case .line(let number):
                "line \(number) of the symbols isn't \"address type name\": read /proc/kallsyms whole"
            case .hidden: "the kernel hides its addresses: read as root, with kernel.kptr_restrict below 2"
            case .tooMany: "there are more symbols than are kept: \(KernelSymbolTable.symbolLimit)"
            }
        }
    }

    /// Reads what `/proc/kallsyms` says (kernel/kallsyms.c, `s_show`): 16 hexadecimal digits, a letter, a name, and after a
    /// tab the module in brackets. Programs that BPF and ftrace name there are kept as modules' are.
    public init(listing: [UInt8]) throws(ListingError) {
        var reader = ListingReader()
        let failure = listing.withUnsafeBytes { reader.read($0) }
        if let failure { throw failure }
        guard reader.hasAddresses || reader.entries.isEmpty else { throw .hidden }
        self.init(entries: reader.entries, names: reader.names, modules: reader.modules)
    }
}

/// A pass over a listing. Pointers without bounds checks: nine megabytes are read at every start.
private struct ListingReader {
    var entries: [KernelSymbolTable.Entry] = []
    var names: [UInt8] = []
    var modules: [String] = [""]
    var hasAddresses = false
    private var lastModule: UInt16 = 0

    mutating func read(_ bytes: UnsafeRawBufferPointer) -> KernelSymbolTable.ListingError? {
        entries.reserveCapacity(min(bytes.count / 32, KernelSymbolTable.symbolLimit))
        names.reserveCapacity(min(bytes.count, KernelSymbolTable.nameBytesLimit))
        var position = 0
        var number = 0
        while position < bytes.count {
            number += 1
            // Every position below lies before `end`, which is at most the count.
            var end = position
            while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
            guard let taken = readLine(UnsafeRawBufferPointer(rebasing: bytes[position..<end])) else {
                return .line(number)
            }
            guard taken else { return .tooMany }
            position = end + 1
        }
        return nil
    }

    /// Nil if it isn't a symbol's line; false if there is no more room.
    private mutating func readLine(_ line: UnsafeRawBufferPointer) -> Bool? {
        guard line.count > 19, line[16] == UInt8(ascii: " "), line[18] == UInt8(ascii: " ") else { return nil }
        var address: UInt64 = 0
        for index in 0..<16 {
            guard let digit = Self.digit(line[index]) else { return nil }
            address = address << 4 | digit
        }
        var nameEnd = 19
        while nameEnd < line.count, line[nameEnd] != UInt8(ascii: "\t"), line[nameEnd] != UInt8(ascii: " ") {
            nameEnd += 1
        }
        let length = nameEnd - 19
        guard length > 0, length <= 1024 else { return nil }
        guard entries.count < KernelSymbolTable.symbolLimit,
            names.count + length <= KernelSymbolTable.nameBytesLimit
        else { return false }

        var module: UInt16 = 0
        if nameEnd < line.count {
            guard line.count - nameEnd > 3, line[nameEnd + 1] == UInt8(ascii: "["), line.last == UInt8(ascii: "]")
            else { return nil }
            let name = UnsafeRawBufferPointer(rebasing: line[nameEnd + 2..<line.count - 1])
            guard let index = moduleIndex(name) else { return false }
            module = index
        }
        if address != 0 { hasAddresses = true }
        entries.append(
            KernelSymbolTable.Entry(
                address: address, name: UInt32(names.count), length: UInt16(length), module: module))
        names.append(contentsOf: line[19..<nameEnd])
        return true
    }

    /// Modules come one after the other, so the last one is mostly the one.
    private mutating func moduleIndex(_ name: UnsafeRawBufferPointer) -> UInt16? {
        if lastModule != 0, modules[Int(lastModule)].utf8.elementsEqual(name) { return lastModule }
        let text = String(decoding: name, as: UTF8.self)
        if let known = modules.dropFirst().firstIndex(of: text) {
            lastModule = UInt16(known)
        } else {
            guard modules.count < Int(UInt16.max) else { return nil }
            lastModule = UInt16(modules.count)
            modules.append(text)
        }
        return lastModule
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        default: nil
        }
    }
}
