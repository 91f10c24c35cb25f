// SPDX-License-Identifier: Apache-2.0

import KernelProtection
import Testing

/// What is guarded, put together of all who want something.
@Suite struct GuardPlanTests {
    private let root = GuardKey(inode: 2, device: 1, generation: 0)
    private let folder = GuardKey(inode: 12, device: 1, generation: 7)
    private let file = GuardKey(inode: 13, device: 1, generation: 7)
    private let platform: UInt32 = 1
    private let vendor: UInt32 = 0x8000_0001

    @Test func `a directory above several is the platform's, by name alone`() {
        let plan = GuardPlan([
            .init(file, owner: vendor, flags: [.content, .name], entry: 1),
            .init(root, owner: platform, flags: .name), .init(root, owner: platform, flags: .name),
        ])
        #expect(plan.guards[root]?.owner == platform)
        #expect(plan.guards[root]?.flags == .name)
        #expect(plan.guards[file]?.entry == 1)
    }

    @Test func `an object that is also above another stays its owner's, in both ways`() {
        let above = GuardPlan.Want(folder, owner: platform, flags: .name)
        let object = GuardPlan.Want(folder, owner: vendor, flags: [.content, .tree], entry: 4)
        for wants in [[above, object], [object, above]] {
            let found = GuardPlan(wants).guards[folder]
            #expect(found?.owner == vendor)
            #expect(found?.entry == 4)
            #expect(found?.flags == [.content, .name, .tree])
        }
    }

    @Test func `a change writes what is new or other, and removes what nobody wants any more`() {
        let before = GuardPlan([
            .init(file, owner: vendor, flags: .content, entry: 1), .init(root, owner: platform, flags: .name),
        ])
        let after = GuardPlan([
            .init(folder, owner: vendor, flags: .tree, entry: 2), .init(root, owner: platform, flags: .name),
        ])
        let (write, remove) = after.changes(from: before)
        #expect(write.map(\.key) == [folder])
        #expect(remove == [file])
        let nothing = after.changes(from: after)
        #expect(nothing.write.isEmpty && nothing.remove.isEmpty)
    }
}
