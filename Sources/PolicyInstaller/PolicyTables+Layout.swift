// SPDX-License-Identifier: Apache-2.0

import KernelABI
import PolicyCompiler

extension PolicyTables {
    /// Writes the tables as a `struct sp_policy_tables`.
    ///
    /// `value` must be zeroed memory of that structure's size. The compiler has kept every array within the limits of
    /// `PolicyCompiler.Limits.kernel`; the copies trap rather than write past a field.
    func write(to value: UnsafeMutableRawBufferPointer, generation: UInt64, digestSlot: UInt32) {
        let tables = value.baseAddress!.assumingMemoryBound(to: sp_policy_tables.self)
        tables.pointee.generation = generation
        tables.pointee.abi_version = UInt32(SP_ABI_VERSION)
        tables.pointee.automata = automata
        tables.pointee.rule_count = ruleCount
        tables.pointee.used = used.rawValue
        tables.pointee.operations = operations
        tables.pointee.value_count = UInt32(values.count)
        tables.pointee.list_count = UInt32(lists.count)
        tables.pointee.digest_count = UInt32(digests.count)
        tables.pointee.digest_slot = digestSlot
        copyClass(unresolvable, to: &tables.pointee.unresolvable)
        copyClass(absent, to: &tables.pointee.absent)
        tables.pointee.other_user = (otherUser[0], otherUser[1])
        tables.pointee.other_filesystem = otherFilesystem
        tables.pointee.all_rules = allRules
        copy(starts, to: value, at: sp_policy_tables_start, limit: Int(SP_MAX_AUTOMATA))
        copy(otherDigest.elements, to: value, at: sp_policy_tables_other_digest, limit: Int(SP_DIGEST_FIELDS))
        copy(unknownDigest.elements, to: value, at: sp_policy_tables_unknown_digest, limit: Int(SP_DIGEST_FIELDS))
        copy(operationSets, to: value, at: sp_policy_tables_operation_set, limit: Int(SP_OPERATIONS))
        copy(asked.map(\.rawValue), to: value, at: sp_policy_tables_asked, limit: Int(SP_OPERATIONS))
        copy(accessSets, to: value, at: sp_policy_tables_access_set, limit: Int(SP_ACCESSES))
        copy(areaSets, to: value, at: sp_policy_tables_area_set, limit: Int(SP_AREAS))
        copy(signalSets, to: value, at: sp_policy_tables_signal_set, limit: Int(SP_SIGNALS))
        copy(mappingSets, to: value, at: sp_policy_tables_mapping_set, limit: Int(SP_MAPPINGS))
        copy(flagsSets, to: value, at: sp_policy_tables_flags_set, limit: Int(SP_FLAGS))
        copy(byteClass, to: value, at: sp_policy_tables_byte_class, limit: 256)
        copy(lists, to: value, at: sp_policy_tables_lists, limit: Int(SP_MAX_LISTS))
        copy(values, to: value, at: sp_policy_tables_values, limit: Int(SP_MAX_VALUES))
        copy(rules, to: value, at: sp_policy_tables_rules, limit: Int(SP_MAX_RULES))
        copy(classes, to: value, at: sp_policy_tables_classes, limit: Int(SP_MAX_CLASSES))
        copy(accept, to: value, at: sp_policy_tables_accept, limit: Int(SP_MAX_STATES))
        copy(states, to: value, at: sp_policy_tables_states, limit: Int(SP_MAX_STATES))
        copy(transitions, to: value, at: sp_policy_tables_transitions, limit: Int(SP_MAX_TRANSITIONS))
        copy(sets, to: value, at: sp_policy_tables_sets, limit: Int(SP_MAX_SET_WORDS))
    }

    /// Elements of the map of digests: one for the generation, and never none of digests.
    var digestEntries: Int { max(1, digests.count) + 1 }

    /// Writes the digests as an array of `struct sp_digest`, `digestEntries` long: the first one's first word is the
    /// generation.
    func writeDigests(to value: UnsafeMutableRawBufferPointer, generation: UInt64) {
        let stride = MemoryLayout<DigestEntry>.stride
        precondition(stride == MemoryLayout<sp_digest>.stride && value.count >= digestEntries * stride)
        value.storeBytes(of: generation, toByteOffset: 0, as: UInt64.self)
        copy(digests, to: value, at: UInt64(stride), limit: digestEntries - 1)
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

    private func copyClass(_ value: Class, to place: inout sp_class) {
        precondition(MemoryLayout<Class>.size == MemoryLayout<sp_class>.size)
        withUnsafeBytes(of: value) { bytes in
            withUnsafeMutableBytes(of: &place) { $0.copyMemory(from: bytes) }
        }
    }
}

extension InlineArray {
    fileprivate var elements: [Element] { indices.map { self[$0] } }
}
