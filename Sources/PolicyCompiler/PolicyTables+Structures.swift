// SPDX-License-Identifier: Apache-2.0

/// The structures of the kernel's tables, field for field.
extension PolicyTables {
    /// `struct sp_rule`.
    public struct Rule: Hashable, Sendable, BitwiseCopyable {
        public var action: UInt8
        /// 1 the site's, 2 vendors'.
        public var tier: UInt8
        public var pad: UInt16 = 0
        /// The number of the first rule after this rule's policy.
        public var policyEnd: UInt32 = 0
    }

    /// `enum sp_action`.
    public enum Action: UInt8, Sendable {
        case allow = 1
        case deny = 2
        /// A deny rule of a policy in audit mode: reported, doesn't end its tier.
        case audit = 3
        /// An allow rule of a policy in audit mode: ends its policy's evaluation and nothing else.
        case pass = 4
        /// Passes in the kernel, as the gate asks; ends its tier as an allow does.
        case ask = 5
    }

    /// `struct sp_class`.
    public struct Class: Sendable, BitwiseCopyable {
        /// Offsets in ``PolicyTables/sets``, by `enum sp_path_field`.
        public var set = InlineArray<10, UInt32>(repeating: 0)
        /// Lists of ancestors that the class satisfies: a bit each.
        public var ancestors: UInt64 = 0
    }

    /// `struct sp_value`.
    public struct Value: Sendable, BitwiseCopyable {
        public var key: UInt64
        /// Lists of groups that the group is in: a bit each.
        public var groups: UInt64 = 0
        /// By side.
        public var set: InlineArray<2, UInt32> = [0, 0]
    }

    /// `struct sp_list`.
    public struct List: Sendable, BitwiseCopyable {
        /// `enum sp_list_kind`.
        public enum Kind: UInt8, Sendable {
            case ancestor = 1
            case group, capability
        }

        public var kind: UInt8
        public var bit: UInt8
        public var pad: UInt16 = 0
        public var pad2: UInt32 = 0
        public var capabilities: UInt64 = 0
        /// By side, as the others: clauses satisfied, as far as this list goes, where it holds.
        public var holds: InlineArray<2, UInt32> = [0, 0]
        /// Where it doesn't.
        public var fails: InlineArray<2, UInt32> = [0, 0]
        /// Where it can't be told.
        public var unknown: InlineArray<2, UInt32> = [0, 0]
    }

    /// `struct sp_digest`.
    public struct DigestEntry: Sendable, BitwiseCopyable {
        public var word: InlineArray<4, UInt64>
        /// By `enum sp_digest_field`.
        public var set: InlineArray<4, UInt32>
    }

    /// `struct sp_state`.
    public struct State: Hashable, Sendable, BitwiseCopyable {
        /// `SP_STATE_SINK`, in `base`.
        public static let sink: UInt32 = 0x8000_0000
        public var base: UInt32
        public var fallback: UInt32
    }

    /// `struct sp_transition`.
    public struct Transition: Hashable, Sendable, BitwiseCopyable {
        public var check: UInt32
        public var target: UInt32
    }
}

extension PolicyTables.Class: Equatable {
    public static func == (a: Self, b: Self) -> Bool {
        a.ancestors == b.ancestors && a.set.indices.allSatisfy { a.set[$0] == b.set[$0] }
    }
}
