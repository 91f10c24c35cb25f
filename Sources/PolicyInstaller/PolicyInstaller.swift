// SPDX-License-Identifier: Apache-2.0

public import BPFRuntime
import KernelABI
public import PolicyCompiler

/// Puts compiled policies in force: builds a new generation beside the old one, then one atomic store makes it current.
///
/// There is no moment without a policy, and a failed install changes nothing that decides. Costs one allocation of
/// `sizeof(sp_policy_tables)` in the kernel (20 MB; the former generation's is freed) and 48 bytes a digest, and writes
/// only the pages in use.
///
/// Digests lie in a map of two values, which generations take in turn: those of a new generation are there before its
/// tables become current, and those of the former one stay until the one after it.
public struct PolicyInstaller: Sendable {
    private let kernel: any BPFKernel
    private let map: String
    private let digests: String

    /// - Parameters:
    ///   - map: the name of the map of generations.
    ///   - digests: the name of the map of their digests.
    public init(kernel: any BPFKernel, map: String, digests: String = "digests") {
        self.kernel = kernel
        self.map = map
        self.digests = digests
    }

    /// - Parameter generation: larger by one than the current one, so that its digests don't take the current one's
    ///   place; cached rule sets of subjects are kept by it.
    public func install(_ tables: PolicyTables, generation: UInt64) throws(BPFError) {
        let slot = UInt32(generation % 2)
        try kernel.replaceInnerMap(
            of: digests, index: slot, valueSize: MemoryLayout<sp_digest>.stride, entries: tables.digestEntries,
            entriesVary: true
        ) { value in
            tables.writeDigests(to: value, generation: generation)
        }
        try kernel.replaceInnerMap(
            of: map, index: 0, valueSize: Int(sp_policy_tables_size), entries: 1, entriesVary: false
        ) { value in
            tables.write(to: value, generation: generation, digestSlot: slot)
        }
    }
}

extension PolicyCompiler.Limits {
    /// What the kernel's tables hold.
    public static var kernel: PolicyCompiler.Limits {
        var limits = PolicyCompiler.Limits()
        limits.rules = Int(SP_MAX_RULES)
        limits.automata = Int(SP_MAX_AUTOMATA)
        limits.states = Int(SP_MAX_STATES)
        limits.transitions = Int(SP_MAX_TRANSITIONS)
        limits.classes = Int(SP_MAX_CLASSES)
        limits.values = Int(SP_MAX_VALUES)
        // Of each of the three kinds; a list's bit is one of 64.
        limits.lists = min(64, Int(SP_MAX_LISTS) / 3)
        limits.digests = Int(SP_MAX_DIGESTS)
        limits.setWords = Int(SP_MAX_SET_WORDS)
        return limits
    }
}
