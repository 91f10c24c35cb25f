// SPDX-License-Identifier: Apache-2.0

/// A place in kernel text that the kernel changes itself, at boot or later, as the image's tables tell.
public struct TextSite: Hashable, Sendable {
    /// By which of the kernel's mechanisms a place changes.
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// `.altinstructions`: instructions for processors with or without a feature (arch/x86/kernel/alternative.c).
        case alternative
        /// `.parainstructions`, up to Linux 6.7: calls through `pv_ops`.
        case paravirtual
        /// `.retpoline_sites`: a call, or jump, to a thunk for an indirect one.
        case retpoline
        /// `.return_sites`: a jump to the return thunk.
        case returnThunk
        /// `.call_sites`: a call that is moved in front of its function when call depth is tracked.
        case call
        /// What lies before a function that is called so: not of a table, but found where text differs.
        case callPadding
        /// `.ibt_endbr_seal`: `endbr64` of a function that is never called indirectly.
        case sealedEntry
        /// `.smp_locks`: a lock prefix.
        case lockPrefix
        /// `__mcount_loc`: the beginning of a function that ftrace, kprobes, live patches and BPF programs can enter.
        case functionEntry
        /// The call in ftrace's own entry code.
        case ftraceCall
        /// `__jump_table`: a static key's branch.
        case staticKey
        /// `.static_call_sites`: a direct call that stands for an indirect one.
        case staticCall
        /// The trampoline of a static call.
        case staticCallTrampoline
        /// `runtime_ptr_*` and `runtime_shift_*`, since Linux 6.11: a constant that the kernel knows only after its start.
        case runtimeConstant
        /// The beginning of a function that BPF's dispatcher replaces, up to Linux 6.2 and by backports.
        case bpfDispatcher
        /// A kprobe: not of a table, but told by who compares.
        case probe
    }

    public var kind: Kind
    /// In the running kernel.
    public var address: UInt64
    /// Bytes.
    public var length: Int
    /// Where the key of a static key or static call lies.
    public var key: UInt64?
    /// Where a static key's branch leads.
    public var target: UInt64?
    /// The name of a constant, `USER_PTR_MAX` for instance: all places of one have the same value, in 8 bytes or as a shift in
    /// one. That they agree is for the caller to check.
    public var constant: String?
    /// Of an alternative: what may take its place, in the order in which the kernel tries it.
    public var replacements: [Replacement] = []

    /// What may take the place of instructions.
    public struct Replacement: Hashable, Sendable {
        /// The number of the processor's feature: word × 32 + bit, arch/x86/include/asm/cpufeatures.h of that kernel.
        public var feature: Int
        /// Whether it takes the place where the feature is absent.
        public var isInverted: Bool
        /// Whether the kernel makes a direct call out of an indirect one (`ALT_FLAG_DIRECT_CALL`, since Linux 6.8).
        public var isDirectCall: Bool
        /// As they stand in the image; relative operands change when they are moved.
        public var bytes: [UInt8]
    }
}
