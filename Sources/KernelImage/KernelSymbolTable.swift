// SPDX-License-Identifier: Apache-2.0

/// The kernel's symbols by address and by name: what `/proc/kallsyms` says, or what a kernel image has built in.
///
/// A lookup is a binary search, or one probe of a hash table; 300 000 symbols take some 16 MB.
public struct KernelSymbolTable: Sendable {
    /// A symbol and how far behind its beginning an address lies.
    public struct Location: Hashable, Sendable, CustomStringConvertible {
        public var name: String
        /// The module it belongs to; nil for the kernel's image.
        public var module: String?
        /// Bytes from the symbol's address.
        public var offset: UInt64

        public var description: String {
            let place = offset == 0 ? name : "\(name)+0x\(String(offset, radix: 16))"
            return module.map { "\(place) [\($0)]" } ?? place
        }
    }

    /// The most symbols, and bytes of names, that are kept; more is an error.
    public static let symbolLimit = 4_000_000
    public static let nameBytesLimit = 256 << 20

    struct Entry {
        var address: UInt64
        var name: UInt32
        var length: UInt16
        /// Index into `modules`; 0 is the kernel itself.
        var module: UInt16
    }

    /// By address; at the same address in the order they were given in.
    private(set) var entries: [Entry] = []
    private(set) var names: [UInt8] = []
    private(set) var modules: [String] = [""]
    /// Open addressing by the names' hashes; indices into `entries` plus one. A power of two.
    private var buckets: [UInt32] = []

    public var count: Int { entries.count }

    /// Takes a table in the making; sorts and indexes it.
    init(entries: [Entry], names: [UInt8], modules: [String]) {
        self.entries = entries
        self.names = names
        self.modules = modules
        // What kallsyms says is sorted but for modules' symbols, so a run in order is the common case.
        if zip(entries, entries.dropFirst()).contains(where: { $0.address > $1.address }) {
            self.entries.sort { ($0.address, $0.name) < ($1.address, $1.name) }
        }
        index()
    }

    /// The symbol at or before an address, and the last of those at the same address that isn't a mere mark.
    ///
    /// - Returns: nil before the first symbol. How far a symbol reaches isn't known: an address between the kernel and
    ///   its modules belongs to the symbol before it.
    public func location(of address: UInt64) -> Location? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].address <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let entry = entries[low - 1]
        return Location(
            name: name(of: entry), module: entry.module == 0 ? nil : modules[Int(entry.module)],
            offset: address - entry.address)
    }

    /// Where a symbol of the kernel's image lies; nil where there is none, or more than one of that name.
    public func address(of name: String) -> UInt64? {
        let all = addresses(of: name)
        return all.count == 1 ? all[0] : nil
    }

    /// Where all symbols of that name lie, modules' aside, in ascending order.
    public func addresses(of name: String) -> [UInt64] {
        guard !buckets.isEmpty else { return [] }
        let wanted = Array(name.utf8)
        var bucket = wanted.withUnsafeBytes { Self.hash($0) } & (buckets.count - 1)
        var found: [UInt64] = []
        while buckets[bucket] != 0 {
            let entry = entries[Int(buckets[bucket]) - 1]
            if entry.module == 0, entry.length == wanted.count,
                names[Int(entry.name)..<Int(entry.name) + wanted.count].elementsEqual(wanted)
            {
                found.append(entry.address)
            }
            bucket = (bucket + 1) & (buckets.count - 1)
        }
        return found.sorted()
    }

    /// The kernel's own symbols in a range, by address.
    public func names(in range: Range<UInt64>) -> [(name: String, address: UInt64)] {
        entries.compactMap { entry in
            entry.module == 0 && range.contains(entry.address) ? (name(of: entry), entry.address) : nil
        }
    }

    /// The addresses of the kernel's own symbols whose names fulfil a condition on their bytes.
    func addresses(where condition: (UnsafeRawBufferPointer) -> Bool) -> [UInt64] {
        names.withUnsafeBytes { names in
            entries.compactMap { entry in
                guard entry.module == 0 else { return nil }
                let name = names[Int(entry.name)..<Int(entry.name) + Int(entry.length)]
                return condition(UnsafeRawBufferPointer(rebasing: name)) ? entry.address : nil
            }
        }
    }

    /// Where the kernel's own symbols in a range lie, from its beginning, in ascending order.
    func offsets(in range: Range<UInt64>) -> [UInt32] {
        entries.compactMap { entry in
            entry.module == 0 && range.contains(entry.address) ? UInt32(exactly: entry.address - range.lowerBound) : nil
        }
    }

    private func name(of entry: Entry) -> String {
        String(decoding: names[Int(entry.name)..<Int(entry.name) + Int(entry.length)], as: UTF8.self)
    }

    private mutating func index() {
        guard !entries.isEmpty else { return }
        var size = 16
        while size < entries.count * 2 { size *= 2 }
        let mask = size - 1
        buckets = [UInt32](repeating: 0, count: size)
        names.withUnsafeBytes { names in
            buckets.withUnsafeMutableBufferPointer { buckets in
                for (index, entry) in entries.enumerated() {
                    let name = names[Int(entry.name)..<Int(entry.name) + Int(entry.length)]
                    var bucket = Self.hash(UnsafeRawBufferPointer(rebasing: name)) & mask
                    while buckets[bucket] != 0 { bucket = (bucket + 1) & mask }
                    buckets[bucket] = UInt32(index + 1)
                }
            }
        }
    }

    /// FNV-1a. Names that collide on purpose only make lookups slow: the table says who may load symbols, the kernel.
    private static func hash(_ name: UnsafeRawBufferPointer) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: hash ^ (hash >> 32)) & Int.max
    }
}
