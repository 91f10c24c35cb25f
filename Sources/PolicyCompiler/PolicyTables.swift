// SPDX-License-Identifier: Apache-2.0

/// Compiled policies: what one generation of `sp_policy_tables` holds, but for its generation number.
///
/// Everything is of fixed width, and the structures have the layout of their C namesakes, so an installer copies the
/// arrays as they are. What they mean is in `Kernel/abi/include/sallyport_abi.h`; ``decide(_:subject:object:)`` runs the
/// kernel's algorithm on them.
public struct PolicyTables: Sendable {
    /// `struct sp_rule`.
    public struct Rule: Hashable, Sendable, BitwiseCopyable {
        public var action: UInt8
        /// 1 the site's, 2 vendors'.
        public var tier: UInt8
        public var pad: UInt16 = 0
        /// The number of the first rule after this rule's policy.
        public var policyEnd: UInt32
    }

    /// `enum sp_action`.
    public enum Action: UInt8, Sendable {
        case allow = 1
        case deny = 2
        /// A deny rule of a policy in audit mode: reported, doesn't end its tier.
        case audit = 3
        /// An allow rule of a policy in audit mode: ends its policy's evaluation and nothing else.
        case pass = 4
    }

    /// `struct sp_class`: offsets in ``sets``.
    public struct Class: Hashable, Sendable, BitwiseCopyable {
        public var objectSet: UInt32
        public var subjectSet: UInt32
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

    /// Whose rule a number is.
    public struct Name: Hashable, Sendable {
        public var policy: String
        public var rule: String
        public var vendor: String
    }

    /// The start state of each automaton: `automata` is their number, at least one.
    public internal(set) var starts: [UInt32]
    /// 1 when any rule has a condition on the subject.
    public internal(set) var subjectConditions: UInt32
    /// Rules that an unresolvable path satisfies.
    public internal(set) var unresolvable: Class
    /// Rules without a condition on that side.
    public internal(set) var absent: Class
    /// By operation number, `Operation.kernelNumbers` of them.
    public internal(set) var operationSets: [UInt32]
    /// 256 of them.
    public internal(set) var byteClass: [UInt8]
    /// In evaluation order.
    public internal(set) var rules: [Rule]
    public internal(set) var classes: [Class]
    /// As many as ``states``.
    public internal(set) var accept: [UInt32]
    public internal(set) var states: [State]
    public internal(set) var transitions: [Transition]
    /// Sparse sets of rules: a summary and the words that aren't empty. Offset 0 is the empty set.
    public internal(set) var sets: [UInt64]
    /// By rule number.
    public internal(set) var names: [Name]
    public internal(set) var statistics: Statistics
    /// Sentences worth reading, such as that the patterns were spread over several automata.
    public internal(set) var notes: [String]

    public var automata: UInt32 { UInt32(starts.count) }
    public var ruleCount: UInt32 { UInt32(rules.count) }
}

extension PolicyTables {
    /// How large the tables are.
    public struct Statistics: Hashable, Sendable {
        public var policies = 0
        public var rules = 0
        /// With alternatives written out; equal lists count once.
        public var patterns = 0
        public var automata = 0
        public var states = 0
        public var transitions = 0
        public var byteClasses = 0
        public var classes = 0
        public var setWords = 0
        /// Bytes of the tables in use.
        public var bytes = 0
    }
}
