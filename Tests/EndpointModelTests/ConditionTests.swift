// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Testing

@Suite struct ConditionTests {
    /// Every field with an empty list, and with one that isn't.
    private func conditions() throws -> [(empty: FieldCondition, full: FieldCondition)] {
        let (none, list) = (PathList([]), PathList([try PathPattern("/x")]))
        let digest = try #require(Digest(bytes: Array(repeating: 1, count: Digest.byteCount)))
        return [
            (.path(none), .path(list)), (.digest([]), .digest([digest])), (.verity([]), .verity([digest])),
            (.filesystem([]), .filesystem(["ext4"])), (.flags([]), .flags([.setuid])), (.exe(none), .exe(list)),
            (.user([]), .user([.id(0)])), (.group([]), .group([.id(0)])), (.cgroup(none), .cgroup(list)),
            (.ancestor(none), .ancestor(list)), (.interpreter(none), .interpreter(list)),
            (.capability([]), .capability([try #require(Capability(number: 0))])),
            (.container([]), .container([.any])), (.vendor([]), .vendor(["acme"])),
        ]
    }

    @Test func `Every field has a condition, which knows whether its list is empty`() throws {
        let conditions = try conditions()
        #expect(Set(conditions.map(\.full.field)) == Set(Field.allCases))
        #expect(conditions.count == Field.allCases.count)
        for (empty, full) in conditions {
            #expect(empty.field == full.field)
            #expect(empty.isEmpty && !full.isEmpty, "\(full.field)")
        }
        #expect(!FieldCondition.path(PathList([], unresolvable: true)).isEmpty)
    }

    @Test func `Fields that are paths have a list of patterns, and a container has one by its cgroup`() throws {
        let paths: Set<Field> = [.path, .exe, .cgroup, .ancestor, .interpreter, .container]
        for (_, full) in try conditions() {
            #expect((full.pathList != nil) == paths.contains(full.field), "\(full.field)")
        }
        #expect(
            FieldCondition.container([.any, .id("0123456789ab")]).pathList?.patterns.count
                == 2 * ContainerSelector.any.cgroupPatterns.count)
    }

    @Test func `A rule asks for a digest on either side, in what must hold and in what must not`() throws {
        let digest = FieldCondition.digest([try #require(Digest(bytes: Array(repeating: 1, count: 32)))])
        func rule(_ subject: Condition?, _ object: Condition?) -> Rule {
            Rule(name: "r", operations: [.processExec], subject: subject, object: object, action: .deny)
        }
        #expect(rule(Condition(digest), nil).asksForDigest)
        #expect(rule(nil, Condition(not: [digest])).asksForDigest)
        #expect(!rule(Condition(.user([.id(0)])), Condition(.verity([]))).asksForDigest)
        #expect(!rule(nil, nil).asksForDigest)
    }

    @Test func `A flag of a file is one bit, in the order of the names`() {
        for (index, flag) in FileFlag.allCases.enumerated() {
            #expect(flag.bit == 1 << UInt32(index))
            #expect(FileObject.Flags(flag).names == [flag])
        }
        let all = FileObject.Flags(rawValue: .max)
        #expect(all.names == FileFlag.allCases)
        #expect(all.words == FileFlag.allCases.map(\.rawValue))
        #expect(FileFlag.selectable.count == FileFlag.allCases.count - 1)
    }
}
