// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import CKernelActs
import EndpointModel
import Glibc
import KernelABI
import Sallyport

/// What is kept of images and of processes is computed again when it must be, each time for the reason that is counted,
/// and not otherwise.
enum InvalidationScenarios {
    private static let refused = -EPERM

    private static func count(_ reason: sp_invalidation) throws -> UInt64 {
        try Counters.value(SP_COUNT_INVALIDATED, plus: reason.rawValue)
    }

    /// How often something was computed again for the reason while `body` ran.
    private static func times(_ reason: sp_invalidation, _ body: () throws -> Void) throws -> UInt64 {
        let before = try count(reason)
        try body()
        return try count(reason) - before
    }

    private static func expectReason(_ reason: sp_invalidation, _ what: String, _ body: () throws -> Void) throws {
        try require(try times(reason, body) > 0, "\(what): nothing was computed again for that reason")
    }

    /// Needs the daemon started anew.
    static let restarting: [Scenario] = [
        Scenario("where the kernel hides its addresses nothing is kept of a path, and a rename holds at once") { lab in
            try Lab.put("2", into: "/proc/sys/kernel/kptr_restrict")
            try await lab.restart()
            try Lab.put("0", into: "/proc/sys/kernel/kptr_restrict")
            let (folder, program, policy) = try prepare("hidden")
            try await lab.setPolicies([policy])
            let walks = try Counters.value(SP_COUNT_WALKS)
            for _ in 0..<10 { try expect(Lab.exec(program), 0, "exec") }
            try require(try Counters.value(SP_COUNT_WALKS) - walks >= 10, "each execution's path is walked")
            try expect(rename(folder, folder + "-elsewhere"), 0, "rename the folder above")
            try expect(mkdir(folder, 0o755), 0, "another folder in its place")
            try expect(rename(folder + "-elsewhere/program", folder + "/denied"), 0, "rename")
            try expect(Lab.exec(folder + "/denied"), refused, "exec by the denied name")
            try await lab.restart()
            try await lab.setPolicies([Make.denyTree])
        }
    ]

    /// A folder with a program, and a policy that denies another one there.
    private static func prepare(_ name: String) throws -> (folder: String, program: String, policy: Policy) {
        let folder = try Lab.folder(name)
        try Lab.copy(Lab.tiny, to: folder + "/program")
        let object = Make.path(folder + "/denied", folder + "/other/**")
        return (folder, folder + "/program", Make.policy(Make.deny(.processExec, object: object)))
    }

    static let all: [Scenario] = [
        Scenario("an image's path is walked once, until a name, a rename, a mount or the policy changes") { lab in
            let (folder, program, policy) = try prepare("kept")
            try await lab.setPolicies([policy])
            // Nothing else is executed here meanwhile; the C library's own renames and mounts would show.
            try expectReason(SP_INVALID_FILE_NEW, "the first execution") { try expect(Lab.exec(program), 0, "exec") }
            let walks = try Counters.value(SP_COUNT_WALKS)
            for _ in 0..<10 { try expect(Lab.exec(program), 0, "exec again") }
            try expect(try Counters.value(SP_COUNT_WALKS) - walks, 0, "walks of ten more executions")

            try expectReason(SP_INVALID_FILE_NAME, "another name") {
                try expect(link(program, folder + "/second"), 0, "link")
                try expect(Lab.exec(folder + "/second"), 0, "exec by the second name")
            }
            try expectReason(SP_INVALID_FILE_RENAME, "a rename") {
                try expect(Lab.exec(program), 0, "exec before")
                try expect(rename(folder + "/second", folder + "/third"), 0, "rename")
                try expect(Lab.exec(program), 0, "exec after")
            }
            try expectReason(SP_INVALID_FILE_MOUNT, "a mount") {
                let place = try Lab.folder("kept-mount")
                try expect(Lab.exec(program), 0, "exec before")
                try expect(acts_mount("kept", place, "tmpfs", 0, nil), 0, "mount")
                try expect(Lab.exec(program), 0, "exec after")
                try expect(acts_unmount(place), 0, "unmount")
            }
            _ = try await lab.client.applyPolicies([policy])
            try expectReason(SP_INVALID_FILE_GENERATION, "a new policy") { try expect(Lab.exec(program), 0, "exec") }
        },
        Scenario("what is kept of an image never outlives its name: renamed and covered, it is denied at once") { lab in
            let (folder, program, policy) = try prepare("kept-name")
            try await lab.setPolicies([policy])
            let free = folder + "/free"
            mkdir(free, 0o755)
            try Lab.copy(Lab.tiny, to: free + "/program")
            for _ in 0..<20 {
                try expect(Lab.exec(program), 0, "exec")
                try expect(rename(program, folder + "/denied"), 0, "rename")
                try expect(Lab.exec(folder + "/denied"), refused, "exec of the denied name")
                try expect(rename(folder + "/denied", program), 0, "rename back")
                try expect(Lab.exec(free + "/program"), 0, "exec in the free folder")
                try expect(rename(free, folder + "/other"), 0, "rename the folder")
                try expect(Lab.exec(folder + "/other/program"), refused, "exec in the denied folder")
                try expect(rename(folder + "/other", free), 0, "rename the folder back")
            }
        },
        Scenario("a name that takes a removed one's place in memory is decided by itself") { lab in
            let (folder, program, policy) = try prepare("kept-place")
            let (free, other) = (folder + "/free", folder + "/other")
            for path in [free, other] { mkdir(path, 0o755) }
            try await lab.setPolicies([policy])
            // The file stays in memory, by a third name.
            let held = open(program, O_RDONLY | O_CLOEXEC)
            try require(held >= 0, "open")
            defer { close(held) }
            for round in 0..<40 {
                try expect(link(program, free + "/name"), 0, "link in the free folder")
                try expect(Lab.exec(free + "/name"), 0, "exec in the free folder")
                try expect(unlink(free + "/name"), 0, "unlink")
                usleep(15_000)
                try expect(link(program, other + "/name"), 0, "link in the denied folder")
                try expect(Lab.exec(other + "/name"), refused, "exec in the denied folder, round \(round)")
                try expect(unlink(other + "/name"), 0, "unlink")
            }
        },
        Scenario("an image's digest is looked up once, until the file is written") { lab in
            let (_, program, _) = try prepare("kept-digest")
            let digest = try Lab.digest(of: program)
            var rule = Make.deny(.processExec, object: Condition(.digest([digest])))
            rule.unknownDigest = .allow
            try await lab.setPolicies([Make.policy(rule)])
            for _ in 0..<2 { try expect(Lab.exec(program), refused, "exec of the content") }
            try expectReason(SP_INVALID_FILE_CHANGE, "a write") {
                usleep(50_000)
                try Lab.write(Lab.program(endingWith: 3), to: program, mode: 0o755)
                usleep(50_000)
                try expect(Lab.exec(program), 3 << 8, "exec of another content")
            }
            try Lab.copy(Lab.tiny, to: program)
            usleep(50_000)
            try expect(Lab.exec(program), refused, "exec of the content, written again")
        },
        Scenario("a subject's sets are computed again for its execution, its credentials and its cgroup") { lab in
            let group = try Lab.cgroup("lab-kept")
            defer { rmdir(group) }
            let subject = Condition(all: [.user([.id(65_533)]), .cgroup(Make.list(["/lab-elsewhere"]))], not: [])
            try await lab.setPolicies([
                Make.policy(
                    Make.rule(
                        "denied", .deny, on: [.processExec, .fileOpen], subject: subject, object: Make.path(Lab.tiny)))
            ])
            // A child begins with what is kept of its parent.
            func keepOwn() throws {
                let descriptor = open(Lab.tiny, O_RDONLY | O_CLOEXEC)
                try require(descriptor >= 0, "open")
                close(descriptor)
            }
            try expectReason(SP_INVALID_EXECUTION, "an execution") {
                let shell = try Lab.shell(try Lab.folder("kept-subject") + "/sh")
                try expect(Lab.exec(shell, ["-c", "\(Lab.tiny); exit 0"]), 0, "exec by what was executed")
            }
            try expectReason(SP_INVALID_CREDENTIALS, "credentials") {
                try keepOwn()
                let status = Lab.withStrings([Lab.tiny]) { acts_exec_as(65_534, Lab.tiny, $0) }
                try expect(status, 0, "exec by another user")
            }
            try expectReason(SP_INVALID_CGROUP, "a cgroup") {
                try keepOwn()
                try expect(acts_exec_in_cgroup(group, Lab.tiny), 0, "exec in another cgroup")
            }
        },
    ]
}
