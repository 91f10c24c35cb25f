// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc

/// Executions that stand still in the only programs that sleep, those that take digests: their file's file system doesn't
/// answer. What goes on beside them, and what becomes of them.
enum SlowFileScenarios {
    private static let refused = -EPERM

    static let all: [Scenario] = [
        Scenario("an execution held while its digest is taken holds up neither changes of policy nor others' digests") {
            lab in
            let slow = try SlowFile(version: 1)
            defer { slow.unmount() }
            for denied in [true, false] {
                try await lab.setPolicies(slow.policies(denied: !denied))
                let free = try await HazardScenarios.changes(lab, 4) { slow.flip($0) }
                let available = try memoryAvailable()
                var exec = try slow.beginExec()
                var held = try await HazardScenarios.changes(lab, 8) { slow.flip($0) }
                // Until the programs that take digests have been let go of, so that they are attached anew.
                try await lab.setPolicies([Make.denyTree])
                if denied { try await Task.sleep(for: .seconds(4)) }
                held += try await HazardScenarios.changes(lab, 3) { slow.flip($0 + 1) }
                try slow.othersAreDecided()
                try await lab.setPolicies(slow.policies(denied: denied))
                say("    \(available - (try memoryAvailable())) KiB less memory available after these changes")
                acts_answer_slow_read(&slow.server)
                try expect(acts_release(&exec), denied ? refused : 0, "the execution that was held")
                try HazardScenarios.requireBounded(held: held, free: free)
                slow.unmount()
                try slow.mount(version: 2)
            }
        }
    ]

    /// Scenarios that end the daemon and start it again.
    static let restarting: [Scenario] = [
        Scenario("an execution held while its digest is taken outlives the daemon that took it, and its programs") {
            lab in
            let slow = try SlowFile(version: 3)
            defer { slow.unmount() }
            try await lab.setPolicies(slow.policies(denied: true))
            var exec = try slow.beginExec()
            lab.disconnect()
            lab.daemon.end(SIGKILL)
            try await lab.daemon.start()
            try await lab.connect()
            try slow.othersAreDecided()
            // What nobody uses any more is freed within this time.
            try await Task.sleep(for: .seconds(1))
            acts_answer_slow_read(&slow.server)
            let result = acts_release(&exec)
            // 7.x doesn't run programs that were detached, for those who are in the hook either.
            try require(
                result == refused || (result == 0 && kernelMajor() >= 7),
                "the execution that was held gave \(result), expected \(refused)")
            try expect(Lab.exec(slow.program), refused, "the same execution under the daemon that is there now")
            try await lab.setPolicies([Make.denyTree])
        }
    ]

    private static func kernelMajor() -> Int {
        let release = (try? Lab.read("/proc/sys/kernel/osrelease")) ?? []
        return Int(String(decoding: release.prefix { $0 != UInt8(ascii: ".") }, as: UTF8.self)) ?? 0
    }

    private static func memoryAvailable() throws -> Int {
        for line in String(decoding: try Lab.read("/proc/meminfo"), as: UTF8.self).split(separator: "\n")
        where line.hasPrefix("MemAvailable:") {
            return line.split(separator: " ").compactMap { Int($0) }.first ?? 0
        }
        throw Failure("/proc/meminfo tells no available memory")
    }

    /// A program on a file system that doesn't answer, and one elsewhere that is denied by its digest.
    private final class SlowFile {
        let program: String
        var server = acts_held()
        private let place: String
        private let folder: String
        private let digest: Digest
        private var copies = 0
        private var isMounted = false

        init(version: Int32) throws {
            // Built in, or a module.
            _ = Lab.exec("/usr/sbin/modprobe", ["fuse"])
            folder = try Lab.folder("digested")
            place = try Lab.folder("slow")
            program = place + "/program"
            try Lab.write(Lab.program(endingWith: 5), to: folder + "/blocked", mode: 0o755)
            digest = try Lab.digest(of: folder + "/blocked")
            try mount(version: version)
        }

        func mount(version: Int32) throws {
            let content = Lab.tinyProgram + [UInt8](repeating: 0, count: 16_384 - Lab.tinyProgram.count)
            let error = acts_mount_slow(place, content, Int32(content.count), version, &server)
            try expect(error, 0, "mount a file system of our own (FUSE)")
            isMounted = true
        }

        func unmount() {
            if isMounted { acts_unmount_slow(place, &server) }
            isMounted = false
        }

        /// A rule on digests, and one on the slow program.
        func policies(denied: Bool) -> [Policy] {
            let byDigest = Rule(
                name: "blocked", operations: [.processExec], object: Condition(.digest([digest])), action: .deny,
                unknownDigest: .allow)
            let rules = denied ? [Make.deny(.processExec, name: "slow", object: Make.path(program))] : []
            return [Make.denyTree, Policy(name: "digests", rules: [byDigest] + rules)]
        }

        /// Changes to and fro between a policy with digests and one without.
        func flip(_ number: Int) -> [Policy] { number % 2 == 0 ? [Make.denyTree] : policies(denied: false) }

        func beginExec() throws -> acts_held {
            var exec = acts_held()
            try expect(acts_begin_exec(program, &exec), 0, "begin an execution")
            try expect(acts_await_slow_read(&server, 5000), 0, "the read for its digest")
            return exec
        }

        func othersAreDecided() throws {
            copies += 1
            let copy = folder + "/copy-\(copies)"
            try Lab.copy(folder + "/blocked", to: copy)
            try expect(Lab.exec(copy), refused, "a program whose digest is denied, taken now")
            try expect(Lab.exec(Lab.tiny), 0, "another program")
            try expect(Lab.exec(Lab.deniedProgram), refused, "a program in the denied tree")
        }
    }
}
