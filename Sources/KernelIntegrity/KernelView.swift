// SPDX-License-Identifier: Apache-2.0

public import BPFRuntime
import EndpointModel
public import KernelImage
import LinuxSystem
import Synchronization

/// What stays the same about a kernel as long as it runs.
public final class KernelFacts: Sendable {
    public let memory: any KernelMemory
    public let types: KernelTypes
    /// The kernel's own symbols where they lie now; modules' change, and aren't here.
    public let symbols: KernelSymbolTable
    /// What its text and constants should be.
    public let baseline: ImageBaseline
    /// Of which release it is: `6.12.95-amd64`.
    public let release: String

    public init(
        memory: any KernelMemory, types: KernelTypes, symbols: KernelSymbolTable, baseline: ImageBaseline,
        release: String
    ) {
        self.memory = memory
        self.types = types
        self.symbols = symbols
        self.baseline = baseline
        self.release = release
    }

    /// Where a symbol of the kernel's lies; `nil` where there is none, or more than one of that name.
    public func address(of symbol: String) -> UInt64? { symbols.address(of: symbol) }

    /// Where a field lies in its structure, by the running kernel's types: `module.list`.
    public func offset(of path: String) -> Int? { types.offset(of: path) }

    /// How large a type, or a field, is.
    public func size(of path: String) -> Int? { types.size(of: path) }

    /// The symbol at or before an address.
    public func symbol(at address: UInt64) -> (name: String, offset: UInt64)? {
        symbols.location(of: address).map { ($0.name, $0.offset) }
    }

    /// Reads the running kernel's symbols and types, and the image that it was started from.
    ///
    /// Costs about half a second, most of it unpacking the image.
    ///
    /// - Parameter image: where the kernel lies on disk; `nil` is `/boot/vmlinuz-RELEASE`.
    public static func ofRunningKernel(image: String? = nil) throws -> KernelFacts {
        let memory = try ProgramMemory()
        let listing = try FileSystem.read("/proc/kallsyms", limit: .max)
        let symbols = try KernelSymbolTable(listing: listing)
        guard symbols.address(of: "_text").map({ $0 != 0 }) ?? false else {
            throw KernelMemoryError(
                "the kernel hides where its symbols lie: set the sysctl kernel.kptr_restrict to 0 or 1 and start again")
        }
        let release = ProcFS.kernelRelease()
        let baseline = ImageBaseline(path: image ?? "/boot/vmlinuz-\(release)", symbols: symbols)
        return KernelFacts(
            memory: memory, types: try KernelTypes(), symbols: symbols, baseline: baseline, release: release)
    }
}

/// The kernel at one moment, for checks to look at: what was read once of it isn't read again.
public final class KernelView: Sendable {
    public let facts: KernelFacts
    private let read = Mutex<CodeMap?>(nil)
    private let listed = Mutex<BPFListing?>(nil)

    public init(_ facts: KernelFacts) { self.facts = facts }

    public var memory: any KernelMemory { facts.memory }

    public func address(of symbol: String) -> UInt64? { facts.address(of: symbol) }
    public func offset(of path: String) -> Int? { facts.offset(of: path) }
    public func size(of path: String) -> Int? { facts.size(of: path) }

    /// The same kernel, looked at anew.
    public func now() -> KernelView { KernelView(facts) }

    /// Whose code lies where.
    public func code() throws(KernelMemoryError) -> CodeMap {
        if let known = read.withLock({ $0 }) { return known }
        let made = try CodeMap(facts)
        read.withLock { $0 = made }
        return made
    }

    /// BPF's programs and links, as the kernel counts them up; `nil` where it may not be asked.
    func bpf() -> BPFListing? {
        listed.withLock { known in
            if known == nil { known = try? BPFListing.read() }
            return known
        }
    }

    // MARK: Names

    /// An address for people: the kernel's symbol, or the module, with how far behind; never the address itself.
    public func place(_ address: UInt64) -> (symbol: String, offset: UInt64) {
        guard let code = try? code() else { return named(address) }
        switch code.owner(of: address) {
        case .kernel, .kernelStart: return named(address)
        case .module(let name):
            guard let module = code.module(holding: address) else { return ("[\(name)]", 0) }
            if let symbol = try? facts.symbol(at: address, in: module) {
                return ("\(symbol.name) [\(name)]", symbol.offset)
            }
            // Of another module where their memory overlaps, as only what was tampered with does.
            return ("[\(name)]", module.text.contains(address) ? address - module.text.lowerBound : 0)
        case .bpf(let name): return ("bpf:\(name)", 0)
        case .ftrace: return ("ftrace trampoline", 0)
        case nil:
            if let module = code.module(holding: address) {
                let symbol = try? facts.symbol(at: address, in: module)
                return (symbol.map { "\($0.name) [\(module.name)]" } ?? "[\(module.name)] data", symbol?.offset ?? 0)
            }
            return isInImage(address) ? named(address) : ("", 0)
        }
    }

    /// The same as one text; "an address that belongs to nobody" for none.
    public func name(_ address: UInt64) -> String {
        let place = place(address)
        if place.symbol.isEmpty { return address == 0 ? "nothing" : "memory that belongs to no code of the kernel's" }
        return place.offset == 0 ? place.symbol : "\(place.symbol)+0x\(String(place.offset, radix: 16))"
    }

    /// The name of a static key or static call, without the prefix that a call's key has.
    func keyName(_ address: UInt64) -> String {
        let name = name(address)
        return name.hasPrefix("__SCK__") ? String(name.dropFirst(7)) : name
    }

    private func named(_ address: UInt64) -> (symbol: String, offset: UInt64) {
        facts.symbol(at: address).map { ($0.name, $0.offset) } ?? ("", 0)
    }

    /// Whether an address lies in what was loaded of the kernel, code or data.
    func isInImage(_ address: UInt64) -> Bool {
        guard let start = facts.address(of: "_text"), let end = facts.address(of: "_end") else { return false }
        return (start..<end).contains(address)
    }

    /// A word as it is written in findings: eight bytes, the lowest first.
    static func bytes(_ word: UInt64) -> [UInt8] { withUnsafeBytes(of: word.littleEndian, Array.init) }
}
