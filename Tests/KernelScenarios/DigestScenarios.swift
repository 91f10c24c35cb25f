// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import CKernelActs
import EndpointModel
import Glibc

/// Digests that the daemon takes: of what is neither executed nor loaded when a rule asks for it.
enum DigestScenarios {
    private static let refused = -EPERM

    private static func open(_ path: String, _ flags: Int32 = O_RDONLY) -> Int32 {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { return -errno }
        close(descriptor)
        return 0
    }

    private static func policy(_ digest: Digest, _ path: String, unknown: Rule.Fallback) -> Policy {
        var rule = Make.deny(.fileOpen, object: Condition(.digest([digest]), .path(Make.list([path]))))
        rule.unknownDigest = unknown
        return Make.policy(rule)
    }

    private static var kernelTellsVerity: Bool { BPFObject.kernelHasFunction("bpf_get_fsverity_digest") }

    private static func until(_ what: String, _ isTrue: () throws -> Bool) async throws {
        for _ in 0..<100 {
            if try isTrue() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure("\(what): not within 5 s")
    }

    static let all: [Scenario] = [
        Scenario("digest of a file that is opened: unknown at first sight, then by its content") { lab in
            let folder = try Lab.folder("digest-open")
            let (wanted, other) = (folder + "/wanted", folder + "/other")
            try Lab.write("what is wanted", to: wanted)
            try Lab.write("something else", to: other)
            let digest = try Lab.digest(of: wanted)
            try await lab.setPolicies([policy(digest, folder + "/*", unknown: .allow)])
            try expect(open(wanted), 0, "at first sight, when unknown_digest allows")
            try await until("the content is known and denied") { open(wanted) == refused }
            for _ in 0..<20 {
                try expect(open(other), 0, "another content")
                usleep(10_000)
            }
            // A write makes it another content, and a writer leaves none.
            let writer = Glibc.open(other, O_WRONLY | O_CLOEXEC)
            try require(writer >= 0, "open for writing")
            try expect(Glibc.write(writer, "what is wanted", 14), 14, "write")
            try expect(open(other), 0, "while a writer has it open")
            close(writer)
            try await until("the new content is known and denied") { open(other) == refused }

            try Lab.write("a third", to: folder + "/third")
            try await lab.setPolicies([policy(digest, folder + "/*", unknown: .deny)])
            try expect(open(folder + "/third"), refused, "at first sight, when unknown_digest denies")
            try await until("the content is known and let pass") { open(folder + "/third") == 0 }
            try expect(open(wanted), refused, "the one that is denied")
        },
        Scenario("verity: the digest that the kernel vouches for, where it tells it") { lab in
            let folder = try Lab.folder("verity")
            let (image, place) = (folder + "/image", folder + "/mounted")
            try Lab.write([UInt8](repeating: 0, count: 16 << 20), to: image, mode: 0o600)
            mkdir(place, 0o755)
            _ = try Lab.output(["/usr/sbin/mkfs.ext4", "-q", "-O", "verity", "-b", "4096", image])
            for module in ["loop", "ext4"] { _ = try Lab.output(["/usr/sbin/modprobe", module]) }
            _ = try Lab.output(["/usr/bin/mount", "-o", "loop", image, place])
            defer { acts_unmount(place) }
            let (vouched, plain) = (place + "/vouched", place + "/plain")
            for path in [vouched, plain] { try Lab.copy(Lab.tiny, to: path) }
            var bytes = [UInt8](repeating: 0, count: 32)
            try expect(acts_enable_verity(vouched, &bytes), 0, "make it a verity file")
            let digest = Digest(bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())!
            let known = FieldCondition.verity([digest])
            let denial = Make.policy(
                Make.deny(.processExec, object: Condition(.path(Make.list([place + "/*"])), known)))
            guard kernelTellsVerity else {
                do {
                    try await lab.setPolicies([denial])
                } catch {
                    try require("\(error)".contains("kernels before 6.8"), "the reason: \(error)")
                    return
                }
                throw Failure("a policy with verity was taken by a kernel that can't tell it")
            }
            try await lab.setPolicies([denial])
            try expect(Lab.exec(vouched), refused, "the file in the list")
            try expect(Lab.exec(plain), 0, "a file without fs-verity is in no list")
            let others = Condition(all: [.path(Make.list([place + "/*"]))], not: [known])
            try await lab.setPolicies([Make.policy(Make.deny(.processExec, object: others))])
            try expect(Lab.exec(vouched), 0, "the file in the list of what may run")
            try expect(Lab.exec(plain), refused, "a file that nobody vouches for")
        },
        Scenario("digest of a module: known at its first load") { lab in
            let folder = try Lab.folder("digest-module")
            let module = "ts_kmp"
            let (listed, changed) = (folder + "/listed.ko", folder + "/changed.ko")
            for path in [listed, changed] {
                try ModuleScenarios.unpack(try ModuleScenarios.packedModule(module), to: path)
            }
            let writer = Glibc.open(changed, O_WRONLY | O_APPEND | O_CLOEXEC)
            try expect(Glibc.write(writer, "x", 1), 1, "another byte")
            close(writer)
            var allow = Make.deny(.imageLoadModule, object: Condition(.digest([try Lab.digest(of: listed)])))
            (allow.name, allow.action, allow.unknownDigest) = ("listed", .allow, .deny)
            try await lab.setPolicies([Make.policy(allow, Make.deny(.imageLoadModule))])
            try expect(acts_load_module(ACTS_FINIT_MODULE, changed, module), refused, "another content, at first sight")
            try expect(acts_load_module(ACTS_FINIT_MODULE, listed, module), 0, "the listed content, at first sight")
            try expect(acts_load_module(ACTS_FINIT_MODULE, changed, module), refused, "another content, later")
            try expect(acts_load_module(ACTS_INIT_MODULE, listed, module), refused, "bytes without a file")
        },
        Scenario("digest of a subject that ran before anybody asked") { lab in
            let folder = try Lab.folder("digest-running")
            let shell = try Lab.shell(folder + "/sh")
            let file = try Lab.file(folder + "/file")
            let script = """
                while [ ! -e \(folder)/go ]; do /bin/busybox sleep 0.1; done
                for i in 0 1 2 3 4 5 6 7 8 9 a b c d e f g h i j k l m n o p q r s t; do
                    (true <\(file)) 2>/dev/null || exit 7
                    /bin/busybox sleep 0.1
                done
                """
            let running = try DaemonProcess.spawn([shell, "-c", script], output: "/dev/null")
            var rule = Make.deny(
                .fileOpen, subject: Condition(.digest([try Lab.digest(of: shell)])), object: Make.path(file))
            rule.unknownDigest = .allow
            try await lab.setPolicies([Make.policy(rule)])
            try expect(open(file), 0, "another program")
            _ = try Lab.file(folder + "/go")
            var status: Int32 = 0
            waitpid(running, &status, 0)
            try expect(status, 7 << 8, "status of the program that is denied")
        },
        Scenario("taking a digest doesn't keep a writer waiting") { lab in
            let large = try Lab.folder("digest-large") + "/large"
            try Lab.write([UInt8](repeating: 7, count: 64 << 20), to: large, mode: 0o644)
            let absent = Digest(String(repeating: "0", count: 64))!
            try await lab.setPolicies([policy(absent, large, unknown: .deny)])
            usleep(50_000)
            try expect(open(large), refused, "at first sight")
            usleep(300_000)  // it is being read
            let clock = ContinuousClock()
            let start = clock.now
            let writer = Glibc.open(large, O_WRONLY | O_CLOEXEC)
            let waited = milliseconds(clock.now - start)
            // The attempt to write is an attempt to open: unknown, and denied by the rule.
            try expect(writer >= 0 ? 0 : -errno, refused, "open for writing")
            try require(waited < 1000, "it took \(waited) ms")
            try await lab.setPolicies([])
            usleep(10_000)
            let second = clock.now
            let free = Glibc.open(large, O_WRONLY | O_CLOEXEC)
            try require(free >= 0, "open for writing without a rule")
            close(free)
            try require(milliseconds(clock.now - second) < 1000, "it took \(milliseconds(clock.now - second)) ms")
        },
    ]
}
