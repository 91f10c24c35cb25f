// SPDX-License-Identifier: Apache-2.0

public import BPFRuntime
import KernelABI
public import PolicyCompiler

/// Puts compiled policies in force: builds a new generation beside the old one, then one atomic store makes it current.
///
/// There is no moment without a policy, and a failed install changes nothing. Costs one allocation of
/// `sizeof(sp_policy_tables)` in the kernel (17 MB; the former generation's is freed) and writes only the pages in use.
public struct PolicyInstaller: Sendable {
    private let kernel: any BPFKernel
    private let map: String

    /// - Parameter map: the name of the map of generations.
    public init(kernel: any BPFKernel, map: String) {
        self.kernel = kernel
        self.map = map
    }

    /// - Parameter generation: larger than any before: cached rule sets of subjects are kept by it.
    public func install(_ tables: PolicyTables, generation: UInt64) throws(BPFError) {
        try kernel.replaceInnerMap(of: map, valueSize: Int(sp_policy_tables_size)) { value in
            tables.write(to: value, generation: generation)
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
        limits.setWords = Int(SP_MAX_SET_WORDS)
        return limits
    }
}
