// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc

/// Memory that becomes executable, and what kinds of memory it is told to be.
enum MemoryScenarios {
    private static let own = Make.exe(Lab.own)

    static let all: [Scenario] = [
        Scenario("mapping memory executable is decided, of whatever kind it is") { lab in
            let folder = try Lab.folder("mapped")
            let file = try Lab.file(folder + "/file")
            func act(_ name: String, _ way: acts_mapping, _ kinds: MappingKind..., on path: String = "") -> Act {
                Act(name) { acts_map(way, path) }.seen(mappings: Set(kinds))
            }
            try await lab.attempt(
                [
                    act("anonymous", ACTS_MAP_ANONYMOUS, .anonymous),
                    act("anonymous, writable", ACTS_MAP_ANONYMOUS_WRITABLE, .anonymous, .writable),
                    act("READ_IMPLIES_EXEC", ACTS_MAP_IMPLIED, .anonymous),
                    act("memfd, private", ACTS_MAP_MEMFD, .memfd),
                    act("memfd, shared", ACTS_MAP_MEMFD_SHARED, .memfd),
                    act("anonymous, shared", ACTS_MAP_SHARED, .sharedMemory),
                    act("System V shared memory", ACTS_MAP_SYSTEM_V, .sharedMemory),
                    act("a file, writable", ACTS_MAP_FILE_WRITABLE, .writable, on: file),
                    act("a deleted file", ACTS_MAP_FILE_DELETED, .deleted, on: folder + "/gone"),
                    act("mmap2 of 32-bit programs", ACTS_MAP_32_BIT, .anonymous),
                ], of: .memoryMapExecutable, under: Make.deny(.memoryMapExecutable, subject: own))
        },
        Scenario("making memory executable is decided, of whatever kind it is") { lab in
            let folder = try Lab.folder("protected-memory")
            let file = try Lab.file(folder + "/file")
            func act(_ name: String, _ way: acts_protection, _ kinds: MappingKind..., on path: String = "") -> Act {
                Act(name) { acts_protect(way, path) }.seen(mappings: Set(kinds))
            }
            try await lab.attempt(
                [
                    act("anonymous, written before", ACTS_PROTECT_ANONYMOUS, .anonymous, .wasWritable),
                    act("anonymous, writable", ACTS_PROTECT_ANONYMOUS_WRITABLE, .anonymous, .writable),
                    act("anonymous, untouched", ACTS_PROTECT_UNTOUCHED, .anonymous),
                    act("READ_IMPLIES_EXEC", ACTS_PROTECT_IMPLIED, .anonymous, .wasWritable),
                    act("pkey_mprotect", ACTS_PROTECT_KEY, .anonymous, .wasWritable),
                    act("the stack", ACTS_PROTECT_STACK, .anonymous, .stack, .writable, .wasWritable),
                    act("the heap", ACTS_PROTECT_HEAP, .anonymous, .heap, .wasWritable),
                    act("a file's, changed", ACTS_PROTECT_FILE_MODIFIED, .modified, .wasWritable, on: file),
                    act("a deleted file's", ACTS_PROTECT_FILE_DELETED, .deleted, .wasWritable, on: folder + "/gone"),
                    act("memfd", ACTS_PROTECT_MEMFD, .memfd, .wasWritable),
                    act("anonymous, shared", ACTS_PROTECT_SHARED, .sharedMemory, .wasWritable),
                    act("System V shared memory", ACTS_PROTECT_SYSTEM_V, .sharedMemory, .wasWritable),
                    act("mprotect of 32-bit programs", ACTS_PROTECT_32_BIT, .anonymous, .wasWritable),
                ], of: .memoryMakeExecutable, under: Make.deny(.memoryMakeExecutable, subject: own))
        },
        Scenario("a rule on one kind of memory leaves the others alone") { lab in
            func rule(_ name: String, _ operation: EndpointModel.Operation, _ kinds: MappingKind...) -> Rule {
                Rule(name: name, operations: [operation], subject: own, mappings: kinds, action: .deny)
            }
            try await lab.setPolicies([
                Make.policy(
                    rule("map", .memoryMapExecutable, .writable, .memfd),
                    rule("make", .memoryMakeExecutable, .stack, .modified))
            ])
            let file = try Lab.file(try Lab.folder("one-kind") + "/file")
            try expect(acts_map(ACTS_MAP_ANONYMOUS, ""), 0, "map anonymous memory")
            try expect(acts_map(ACTS_MAP_ANONYMOUS_WRITABLE, ""), -EPERM, "map it writable")
            try expect(acts_map(ACTS_MAP_MEMFD, ""), -EPERM, "map a memfd")
            try expect(acts_map(ACTS_MAP_SHARED, ""), 0, "map shared memory")
            try expect(acts_protect(ACTS_PROTECT_HEAP, ""), 0, "make the heap executable")
            try expect(acts_protect(ACTS_PROTECT_STACK, ""), -EPERM, "make the stack executable")
            try expect(acts_protect(ACTS_PROTECT_FILE_MODIFIED, file), -EPERM, "make a changed file executable")
        },
        Scenario("programs and libraries run under a rule on all executable memory that is no file's") { lab in
            try await lab.setPolicies([
                Make.policy(
                    Make.rule(
                        "memory", .deny, on: [.memoryMapExecutable, .memoryMakeExecutable],
                        subject: Make.exe(Lab.own, Lab.dynamicProgram)))
            ])
            try expect(Lab.exec(Lab.tiny), 0, "a static program")
            try expect(Lab.exec(Lab.dynamicProgram), 0, "a dynamic program")
            try expect(acts_map_executable(Lab.library), 0, "mmap of a library")
            try expect(acts_protect_executable(Lab.library), 0, "mprotect of a library's pages as they are")
            try expect(acts_map(ACTS_MAP_ANONYMOUS, ""), -EPERM, "anonymous memory")
        },
    ]
}
