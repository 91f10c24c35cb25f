// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// The tables that a number or a combination of bits indexes: operations, what is wanted, signals, memory, flags.
struct NumberSets {
    private(set) var operation: [UInt32] = []
    private(set) var access: [UInt32] = []
    private(set) var area: [UInt32] = []
    private(set) var signal: [UInt32] = []
    private(set) var mapping: [UInt32] = []
    private(set) var flags: [UInt32] = []
    /// What any clause on an operation asks about a file.
    private(set) var asked: [PolicyTables.FieldsUsed] = []
    /// A bit for every operation that a rule concerns.
    private(set) var operations: UInt32 = 0

    init(_ clauses: Clauses, sets: inout RuleSets) throws(PolicyCompilerError) {
        var byOperation = [RuleSet](repeating: RuleSet(ruleCount: clauses.count), count: Operation.kernelNumbers)
        for (number, entry) in clauses.entries.enumerated() {
            for operation in entry.rule.operations.flatMap(\.decidedOperations) {
                byOperation[Int(operation.kernelNumber)].insert(number)
                operations |= 1 << operation.kernelNumber
            }
        }
        asked = Self.asked(clauses)
        for set in byOperation { operation.append(try sets.intern(set)) }
        let both: UInt128 = 1 << UInt128(Access.read.kernelNumber) | 1 << UInt128(Access.write.kernelNumber)
        func bit(_ number: Int) -> UInt128 { number == 0 ? 0 : 1 << UInt128(number) }
        access = try table(clauses, .access, &sets) { $0 == Access.readWriteNumber ? both : bit($0) }
        area = try table(clauses, .area, &sets, bit)
        signal = try table(clauses, .signal, &sets) { 1 << UInt128($0) }
        mapping = try table(clauses, .mapping, &sets) { UInt128($0) }
        flags = try table(clauses, .flags, &sets) { UInt128($0) }
    }

    private static func asked(_ clauses: Clauses) -> [PolicyTables.FieldsUsed] {
        var asked = [PolicyTables.FieldsUsed](repeating: [], count: Operation.kernelNumbers)
        for dimension in Dimension.ofFiles {
            for clause in clauses[dimension].byClause.keys {
                for operation in clauses.entries[clause].rule.operations.flatMap(\.decidedOperations) {
                    asked[Int(operation.kernelNumber)].formUnion(dimension.used)
                }
            }
        }
        return asked
    }

    /// - Parameter bits: what an index stands for; it is in the lists that have any of these.
    private func table(
        _ clauses: Clauses, _ dimension: Dimension, _ sets: inout RuleSets, _ bits: (Int) -> UInt128
    ) throws(PolicyCompilerError) -> [UInt32] {
        let size = PolicyTables.size(of: dimension)
        let literals = clauses[dimension]
        let base = literals.clausesOutside(of: clauses.count)
        let other = try sets.intern(base)
        if literals.isEmpty { return [UInt32](repeating: other, count: size) }
        let lists = clauses.lists.bits[dimension.rawValue].elements
        var table: [UInt32] = []
        for number in 0..<size {
            var set = base
            let bits = bits(number)
            let isConcerned = literals.enter(lists.indices.filter { lists[$0] & bits != 0 }, &set)
            table.append(isConcerned ? try sets.intern(set) : other)
        }
        return table
    }
}

extension PolicyTables {
    /// Slots of the table that a dimension indexes (`SP_ACCESSES` and its like).
    static func size(of dimension: Dimension) -> Int {
        switch dimension {
        case .access, .area: 32
        case .signal: 128
        case .mapping, .flags: 512
        default: 0
        }
    }
}
