// SPDX-License-Identifier: Apache-2.0

extension PolicyCompiler {
    /// What all policies together may grow to. The defaults are the kernel tables' sizes.
    public struct Limits: Hashable, Sendable {
        public var policies = 1024
        /// `SP_MAX_RULES`. Of clauses: a rule whose `not` has several fields is several.
        public var rules = 4096
        /// With alternatives written out; equal lists count once.
        public var patterns = 65_536
        /// Bytes of all patterns together, with alternatives written out and shared beginnings counted once.
        public var positions = 1 << 21
        /// `SP_MAX_AUTOMATA`.
        public var automata = 4
        /// `SP_MAX_STATES`.
        public var states = 1 << 19
        /// `SP_MAX_TRANSITIONS`.
        public var transitions = 1 << 20
        /// `SP_MAX_CLASSES`.
        public var classes = 1 << 16
        /// `SP_MAX_VALUES`: different users, groups and file systems.
        public var values = 4096
        /// Different lists of ancestors, of groups, of capabilities: of each kind (a third of `SP_MAX_LISTS`).
        public var lists = 64
        /// `SP_MAX_DIGESTS`: different ones.
        public var digests = 1 << 21
        /// `SP_MAX_SET_WORDS`.
        public var setWords = 1 << 18

        public init() {}
    }
}
