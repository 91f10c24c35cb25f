// SPDX-License-Identifier: Apache-2.0

import KernelABI
import PolicyCompiler

extension PolicyTables {
    /// Writes the tables as a `struct sp_policy_tables`.
    ///
    /// `value` must be zeroed memory of that structure's size. The compiler has kept every array within the limits of
    /// `PolicyCompiler.Limits.kernel`; the copies trap rather than write past a field.
    func write(to value: UnsafeMutableRawBufferPointer, generation: UInt64) {
        let tables = value.baseAddress!.assumingMemoryBound(to: sp_policy_tables.self)
        tables.pointee.generation = generation
        tables.pointee.abi_version = UInt32(SP_ABI_VERSION)
        tables.pointee.automata = automata
        tables.pointee.rule_count = ruleCount
        tables.pointee.subject_conditions = subjectConditions
        tables.pointee.unresolvable = sp_class(unresolvable)
        tables.pointee.absent = sp_class(absent)
        copy(starts, to: value, at: sp_policy_tables_start, limit: Int(SP_MAX_AUTOMATA))
        copy(operationSets, to: value, at: sp_policy_tables_operation_set, limit: Int(SP_OPERATIONS))
        copy(byteClass, to: value, at: sp_policy_tables_byte_class, limit: 256)
        copy(rules, to: value, at: sp_policy_tables_rules, limit: Int(SP_MAX_RULES))
        copy(classes, to: value, at: sp_policy_tables_classes, limit: Int(SP_MAX_CLASSES))
        copy(accept, to: value, at: sp_policy_tables_accept, limit: Int(SP_MAX_STATES))
        copy(states, to: value, at: sp_policy_tables_states, limit: Int(SP_MAX_STATES))
        copy(transitions, to: value, at: sp_policy_tables_transitions, limit: Int(SP_MAX_TRANSITIONS))
        copy(sets, to: value, at: sp_policy_tables_sets, limit: Int(SP_MAX_SET_WORDS))
    }

    /// Copies an array into the field; its elements have the layout of the field's (`PolicyTablesLayoutTests`).
    private func copy<Element: BitwiseCopyable>(
        _ elements: [Element], to value: UnsafeMutableRawBufferPointer, at offset: UInt64, limit: Int
    ) {
        precondition(elements.count <= limit, "the compiler keeps tables within the kernel's limits")
        let start = Int(offset)
        let room = UnsafeMutableRawBufferPointer(rebasing: value[start..<start + limit * MemoryLayout<Element>.stride])
        elements.withUnsafeBytes { room.copyMemory(from: $0) }
    }
}

extension sp_class {
    fileprivate init(_ value: PolicyTables.Class) {
        self.init(object_set: value.objectSet, subject_set: value.subjectSet)
    }
}
