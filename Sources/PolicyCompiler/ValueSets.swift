// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// The sets of fields whose value is one of many numbers: users, groups and file systems.
struct ValueSets {
    /// By key, ascending.
    private(set) var values: [PolicyTables.Value] = []
    private(set) var otherUser: InlineArray<2, UInt32> = [0, 0]
    private(set) var otherFilesystem: UInt32 = 0

    init(_ clauses: Clauses, sets: inout RuleSets, limit: Int) throws(PolicyCompilerError) {
        let count = clauses.count
        let users = Self.places(of: clauses.lists.users.elements)
        let groups = Self.places(of: clauses.lists.groups.elements)
        let filesystems = Self.places(of: clauses.lists.filesystems.elements)
        let total = users.count + groups.count + filesystems.count
        guard total <= limit else { throw .limit(.values, allowed: limit, reached: total) }

        let ofUsers = [clauses[.subjectUser], clauses[.objectUser]]
        let bases = ofUsers.map { $0.clausesOutside(of: count) }
        for side in ofUsers.indices { otherUser[side] = try sets.intern(bases[side]) }
        for (user, lists) in users {
            var value = PolicyTables.Value(key: PolicyTables.Value.key(user: user))
            for side in ofUsers.indices {
                var set = bases[side]
                value.set[side] = ofUsers[side].enter(lists, &set) ? try sets.intern(set) : otherUser[side]
            }
            values.append(value)
        }
        for (group, lists) in groups {
            var value = PolicyTables.Value(key: PolicyTables.Value.key(group: group))
            for list in lists { value.groups |= 1 << UInt64(list) }
            values.append(value)
        }
        let ofFilesystems = clauses[.filesystem]
        let base = ofFilesystems.clausesOutside(of: count)
        otherFilesystem = try sets.intern(base)
        for (name, lists) in filesystems {
            var value = PolicyTables.Value(key: PolicyTables.Value.key(filesystem: name))
            var set = base
            _ = ofFilesystems.enter(lists, &set)
            value.set[Dimension.Side.object.rawValue] = try sets.intern(set)
            values.append(value)
        }
        values.sort { $0.key < $1.key }
    }

    /// For each value, ascending, the lists that it is in, ascending.
    private static func places<Value: Hashable & Comparable>(of lists: [Set<Value>]) -> [(Value, [Int])] {
        var places: [Value: [Int]] = [:]
        for (number, list) in lists.enumerated() {
            for value in list { places[value, default: []].append(number) }
        }
        return places.sorted { $0.key < $1.key }
    }
}

extension PolicyTables.Value {
    /// `SP_VALUE_USER`.
    public static func key(user: UInt32) -> UInt64 { 1 << 56 | UInt64(user) }
    /// `SP_VALUE_GROUP`.
    public static func key(group: UInt32) -> UInt64 { 2 << 56 | UInt64(group) }
    /// `SP_VALUE_FILESYSTEM`: 56 bits of FNV-1a. Of the names that kernels have, no two are the same.
    public static func key(filesystem name: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return 3 << 56 | hash & (1 << 56 - 1)
    }
}
