// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// Compiled policies: what one generation of `sp_policy_tables` holds, but for its generation number.
///
/// Everything is of fixed width, and the structures have the layout of their C namesakes, so an installer copies the
/// arrays as they are. What they mean is in `Kernel/abi/include/sallyport_abi.h`; ``decide(_:)`` runs the kernel's
/// algorithm on them. What is called a rule there is a clause: a rule as it was written is one or several.
public struct PolicyTables: Sendable {
    /// Whose clause a number is.
    public struct Name: Hashable, Sendable {
        public var policy: String
        public var rule: String
        public var vendor: String
    }

    /// The start state of each automaton: `automata` is their number, at least one.
    public internal(set) var starts: [UInt32]
    /// What any rule has a condition on.
    public internal(set) var used: FieldsUsed = []
    /// A bit for every operation that any rule concerns.
    public internal(set) var operations: UInt32 = 0
    /// Clauses that an unresolvable path satisfies.
    public internal(set) var unresolvable = Class()
    /// Clauses that are satisfied where there is no path.
    public internal(set) var absent = Class()
    /// By side: of users that no rule names.
    public internal(set) var otherUser: InlineArray<2, UInt32> = [0, 0]
    /// Of file systems that no rule names.
    public internal(set) var otherFilesystem: UInt32 = 0
    /// The set of all clauses.
    public internal(set) var allRules: UInt32 = 0
    /// By `enum sp_digest_field`: of digests that no rule names.
    public internal(set) var otherDigest: InlineArray<4, UInt32> = [0, 0, 0, 0]
    /// By `enum sp_digest_field`: where the digest isn't known; of a file without fs-verity.
    public internal(set) var unknownDigest: InlineArray<4, UInt32> = [0, 0, 0, 0]
    /// By operation number, `Operation.kernelNumbers` of them.
    public internal(set) var operationSets: [UInt32] = []
    /// What any clause on an operation asks about a file; as many as ``operationSets``.
    public internal(set) var asked: [FieldsUsed] = []
    /// By `enum sp_access`.
    public internal(set) var accessSets: [UInt32] = []
    /// By `enum sp_area`.
    public internal(set) var areaSets: [UInt32] = []
    /// By number.
    public internal(set) var signalSets: [UInt32] = []
    /// By all of `enum sp_mapping` together.
    public internal(set) var mappingSets: [UInt32] = []
    /// By all of `enum sp_file_flags` together.
    public internal(set) var flagsSets: [UInt32] = []
    /// 256 of them.
    public internal(set) var byteClass: [UInt8]
    public internal(set) var lists: [List] = []
    /// By key, ascending.
    public internal(set) var values: [Value] = []
    /// In evaluation order.
    public internal(set) var rules: [Rule]
    public internal(set) var classes: [Class] = []
    /// As many as ``states``.
    public internal(set) var accept: [UInt32]
    public internal(set) var states: [State]
    public internal(set) var transitions: [Transition]
    /// Sparse sets of clauses: a summary and the words that aren't empty. Offset 0 is the empty set.
    public internal(set) var sets: [UInt64] = [0]
    /// In a map of their own, ascending.
    public internal(set) var digests: [DigestEntry] = []
    /// By clause number.
    public internal(set) var names: [Name]
    /// By clause number: what becomes of an attempt that the clause asks about.
    public internal(set) var asking: [Int: Asking] = [:]
    /// By clause number: whether it asks for what can't be told of a held operation.
    var unsure: [Bool] = []
    /// What any rule asks about, and so has to be held.
    public internal(set) var heldOperations: Set<Operation> = []
    /// Which opens: empty where ``heldOperations`` has no `file.open`.
    public internal(set) var heldAccess: Set<Access> = []
    public internal(set) var statistics = Statistics()
    /// Sentences worth reading, such as that the patterns were spread over several automata.
    public internal(set) var notes: [String]

    public var automata: UInt32 { UInt32(starts.count) }
    public var ruleCount: UInt32 { UInt32(rules.count) }
    /// Whether any rule has a condition on a digest.
    public var asksForDigests: Bool { !used.isDisjoint(with: .digests) }
    /// The operations of ``operations``.
    public var decidedOperations: Set<Operation> {
        Set(Operation.allCases.filter { operations >> $0.kernelNumber & 1 != 0 })
    }
}

extension PolicyTables {
    /// How large the tables are.
    public struct Statistics: Hashable, Sendable {
        public var policies = 0
        /// As they were written.
        public var rules = 0
        /// What they became: a rule whose `not` has several fields is several.
        public var clauses = 0
        /// With alternatives written out; equal lists count once.
        public var patterns = 0
        public var automata = 0
        public var states = 0
        public var transitions = 0
        public var byteClasses = 0
        public var classes = 0
        /// Users, groups and file systems.
        public var values = 0
        /// Lists of ancestors, groups and capabilities.
        public var lists = 0
        public var digests = 0
        public var setWords = 0
        /// Bytes of the tables in use.
        public var bytes = 0
    }

    /// `enum sp_field_used`.
    public struct FieldsUsed: OptionSet, Hashable, Sendable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        static let path = FieldsUsed(rawValue: 1 << 0)
        static let flags = FieldsUsed(rawValue: 1 << 1)
        static let filesystem = FieldsUsed(rawValue: 1 << 2)
        static let digest = FieldsUsed(rawValue: 1 << 3)
        /// Of a file, of a subject's executable, or of an object's.
        static let digests = FieldsUsed(rawValue: 1 << 3 | 1 << 21 | 1 << 29)
        static let verity = FieldsUsed(rawValue: 1 << 4)
        static let access = FieldsUsed(rawValue: 1 << 5)
        static let signal = FieldsUsed(rawValue: 1 << 6)
        static let mapping = FieldsUsed(rawValue: 1 << 7)
        static let area = FieldsUsed(rawValue: 1 << 8)
        static func exe(_ side: Dimension.Side) -> FieldsUsed { FieldsUsed(1 << 16, side) }
        static func cgroup(_ side: Dimension.Side) -> FieldsUsed { FieldsUsed(1 << 17, side) }
        static func container(_ side: Dimension.Side) -> FieldsUsed { FieldsUsed(1 << 18, side) }
        static func interpreter(_ side: Dimension.Side) -> FieldsUsed { FieldsUsed(1 << 19, side) }
        static func user(_ side: Dimension.Side) -> FieldsUsed { FieldsUsed(1 << 20, side) }
        static func exeDigest(_ side: Dimension.Side) -> FieldsUsed { FieldsUsed(1 << 21, side) }
        static func lists(_ side: Dimension.Side) -> FieldsUsed { FieldsUsed(1 << 22, side) }
        static func any(_ side: Dimension.Side) -> FieldsUsed { FieldsUsed(1 << 23, side) }

        private init(_ bit: UInt32, _ side: Dimension.Side) { rawValue = bit << (8 * UInt32(side.rawValue)) }
    }
}
