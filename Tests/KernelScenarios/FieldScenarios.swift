// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc

/// Each field that a rule can ask of a subject or an object, seen from the kernel.
enum FieldScenarios {
    private static let refused = -EPERM
    private static let user: UInt32 = 65534

    static let all = credentials + places + histories + objects + changes

    private static func deny(_ subject: Condition, _ object: String = Lab.tiny) -> Policy {
        Make.policy(Make.deny(.processExec, subject: subject, object: Make.path(object)))
    }

    private static func exec(as user: UInt32, _ path: String = Lab.tiny) -> Int32 {
        Lab.withStrings([path]) { acts_exec_as(user, path, $0) }
    }

    // MARK: Who it is

    private static let credentials: [Scenario] = [
        Scenario("user: by number and by name") { lab in
            for account in [Account.id(user), .name("nobody")] {
                try await lab.setPolicies([deny(Condition(.user([account])))])
                try expect(exec(as: user), refused, "exec by user \(account.text)")
                let event = try await lab.expectDenial(.processExec, of: Lab.tiny)
                try expect(event.subject.credentials.effectiveUID, user, "user in the event")
                try expect(Lab.exec(Lab.tiny), 0, "exec by root")
                lab.forgetEvents()
            }
        },
        Scenario("group: the effective one and the supplementary ones") { lab in
            try await lab.setPolicies([deny(Condition(.group([.id(12_345), .id(user)])))])
            try expect(acts_exec_in_group(12_345, Lab.tiny), refused, "a supplementary group")
            try expect(acts_exec_in_group(12_346, Lab.tiny), 0, "another supplementary group")
            try expect(exec(as: user), refused, "the effective group")
            try expect(Lab.exec(Lab.tiny), 0, "root's groups")
        },
        Scenario("capability: an effective one") { lab in
            try await lab.setPolicies([
                deny(Condition(.capability([Capability("CAP_SYS_BOOT")!, Capability("CAP_SYS_ADMIN")!])))
            ])
            try expect(Lab.exec(Lab.tiny), refused, "root")
            try expect(exec(as: user), 0, "a user without capabilities")
            try await lab.setPolicies([deny(Condition(not: [.capability([Capability("CAP_SYS_ADMIN")!])]))])
            try expect(Lab.exec(Lab.tiny), 0, "root, who has it")
            try expect(exec(as: user), refused, "a user who hasn't got it")
        },
        Scenario("not with several fields excepts only those that have them all") { lab in
            let subject = Condition(not: [.user([.id(0)]), .exe(Make.list([Lab.own]))])
            try await lab.setPolicies([deny(subject)])
            try expect(Lab.exec(Lab.tiny), 0, "root by this program: both")
            try expect(exec(as: user), refused, "another user by this program: one of them")
            let shell = try Lab.shell(try Lab.folder("not") + "/sh")
            try require(Lab.exec(shell, ["-c", Lab.tiny]) != 0, "root by another program: one of them")
            try await lab.setPolicies([
                deny(Condition(all: [.user([.id(user)])], not: [.exe(Make.list([Lab.own])), .group([.id(12_345)])]))
            ])
            try expect(Lab.exec(Lab.tiny), 0, "not the user")
            try expect(exec(as: user), refused, "the user, and not all of the exception")
        },
    ]

    // MARK: Where it runs

    private static let places: [Scenario] = [
        Scenario("cgroup: by its path") { lab in
            let (inside, below, outside) = (
                try Lab.cgroup("lab-inside"), try Lab.cgroup("lab-inside/below"), try Lab.cgroup("lab-outside")
            )
            defer { for group in [below, inside, outside] { rmdir(group) } }
            try await lab.setPolicies([deny(Condition(.cgroup(Make.list(["/lab-inside{,/**}"]))))])
            try expect(acts_exec_in_cgroup(inside, Lab.tiny), refused, "inside")
            try await lab.expectEvent("the denial, with its cgroup") {
                $0.decision.verdict == .deny && $0.subject.cgroup.path == "/lab-inside"
            }
            try expect(acts_exec_in_cgroup(below, Lab.tiny), refused, "below")
            try expect(acts_exec_in_cgroup(outside, Lab.tiny), 0, "outside")
            try expect(Lab.exec(Lab.tiny), 0, "in the root")
        },
        Scenario("container: by the form of its cgroup, any and one") { lab in
            let (id, otherID) = (String(repeating: "0a", count: 32), String(repeating: "b1", count: 32))
            let slice = try Lab.cgroup("lab.slice")
            let one = try Lab.cgroup("lab.slice/docker-\(id).scope")
            let other = try Lab.cgroup("lab.slice/docker-\(otherID).scope")
            let short = try Lab.cgroup("lab.slice/docker-0a0a.scope")
            defer { for group in [one, other, short, slice] { rmdir(group) } }
            try await lab.setPolicies([deny(Condition(.container([.any])))])
            try expect(acts_exec_in_cgroup(one, Lab.tiny), refused, "a container under a rule on any")
            try expect(acts_exec_in_cgroup(short, Lab.tiny), 0, "a scope that is no container's")
            try expect(Lab.exec(Lab.tiny), 0, "no container")
            try await lab.setPolicies([deny(Condition(.container([ContainerSelector(String(id.prefix(12)))!])))])
            try expect(acts_exec_in_cgroup(one, Lab.tiny), refused, "the container")
            try expect(acts_exec_in_cgroup(other, Lab.tiny), 0, "another container")
        },
        Scenario("scope: a policy concerns only the cgroup that it is for") { lab in
            let group = try Lab.cgroup("lab-scope")
            defer { rmdir(group) }
            try await lab.setPolicies([
                Make.policy(
                    "scoped", scope: Condition(.cgroup(Make.list(["/lab-scope"]))),
                    Make.deny(.processExec, object: Make.path(Lab.tiny)))
            ])
            try expect(acts_exec_in_cgroup(group, Lab.tiny), refused, "within the scope")
            try expect(Lab.exec(Lab.tiny), 0, "outside of it")
        },
        Scenario("a process that is moved between cgroups is decided by where it is") { lab in
            let group = try Lab.cgroup("lab-moving")
            defer { rmdir(group) }
            let file = try Lab.file(try Lab.folder("moving") + "/file")
            try await lab.setPolicies([
                Make.policy(
                    Make.deny(
                        .fileOpen, subject: Condition(.cgroup(Make.list(["/lab-moving"]))), object: Make.path(file)))
            ])
            defer { acts_write_text("/sys/fs/cgroup/cgroup.procs", "\(getpid())") }
            func attempt() -> Bool {
                let descriptor = open(file, O_RDONLY | O_CLOEXEC)
                if descriptor >= 0 { close(descriptor) }
                return descriptor >= 0
            }
            try require(attempt(), "opened before the move")
            try Lab.put("\(getpid())", into: group + "/cgroup.procs")
            try require(!attempt(), "opened in the cgroup")
            try Lab.put("\(getpid())", into: "/sys/fs/cgroup/cgroup.procs")
            try require(attempt(), "opened after it was moved back")
        },
    ]

    // MARK: Where it comes from

    private static let histories: [Scenario] = [
        Scenario("ancestor: children, grandchildren, and those whose ancestor has ended") { lab in
            let folder = try Lab.folder("ancestry")
            let (first, second) = (try shell("ancestry-first"), try shell("ancestry-second"))
            let result = folder + "/result"
            try await lab.setPolicies([deny(Condition(.ancestor(Make.list([first]))))])
            try require(Lab.exec(first, ["-c", "\(second) -c '\(Lab.tiny); exit $?'; exit $?"]) != 0, "a grandchild")
            try expect(Lab.exec(second, ["-c", Lab.tiny]), 0, "who doesn't descend from it")
            lab.forgetEvents()
            unlink(result)
            let orphan = "(/bin/busybox sleep 0.3; \(Lab.tiny); echo $? >\(result)) &"
            try expect(Lab.exec(first, ["-c", "\(second) -c '\(orphan)'"]), 0, "the parents end")
            try expect(try await text(result), "126\n", "status of what an orphan tried")
            let event = try await lab.expectDenial(.processExec, of: Lab.tiny)
            try expect(event.subject.exe.text, second, "the orphan's executable")
        },
        Scenario("interpreter: only of a process that was started as a script") { lab in
            let folder = try Lab.folder("interpreted")
            let shell = try Lab.shell(folder + "/sh")
            let script = folder + "/script"
            try Lab.write("#!\(shell)\n\(Lab.tiny)\n", to: script)
            try await lab.setPolicies([deny(Condition(.interpreter(Make.list([shell]))))])
            try require(Lab.exec(script) != 0, "the script started what it mustn't")
            try await lab.expectDenial(.processExec, of: Lab.tiny)
            try expect(Lab.exec(shell, ["-c", Lab.tiny]), 0, "the same shell, not as an interpreter")
            try expect(Lab.exec(shell, [script]), 0, "the same shell, which reads the script itself")
        },
        Scenario("exe: what a process executes now, not what it did before") { lab in
            let folder = try Lab.folder("successions")
            let (first, second) = (try shell("successions-first"), try shell("successions-second"))
            try await lab.setPolicies([deny(Make.exe(first))])
            try require(Lab.exec(first, ["-c", "exec \(Lab.tiny)"]) != 0, "by the program")
            try expect(Lab.exec(first, ["-c", "exec \(second) -c \(Lab.tiny)"]), 0, "by its successor")
        },
    ]

    // MARK: What it is done to

    private static let objects: [Scenario] = [
        Scenario("digest: the content decides, under whatever name") { lab in
            let folder = try Lab.folder("digests")
            let (named, copy, changed) = (folder + "/named", folder + "/copy", folder + "/changed")
            for path in [named, copy] { try Lab.write(Lab.program(endingWith: 0), to: path, mode: 0o755) }
            // One byte is another: padding at the end.
            var bytes = Lab.tinyProgram
            bytes[bytes.count - 1] = 1
            try Lab.write(bytes, to: changed, mode: 0o755)
            try await lab.setPolicies([
                Policy(
                    name: "digest",
                    rules: [
                        Rule(
                            name: "known", operations: [.processExec],
                            object: Condition(.digest([try Lab.digest(of: named)]), .path(Make.list([folder + "/*"]))),
                            action: .deny, unknownDigest: .deny)
                    ])
            ])
            try expect(Lab.exec(named), refused, "the file")
            try expect(Lab.exec(copy), refused, "a copy of it")
            try await until("the changed file is known not to be it") { Lab.exec(changed) == 0 }
            for path in [named, copy] { try expect(Lab.exec(path), refused, "\(path), once more") }
            // What is known of a file ends with its content.
            try Lab.write(bytes, to: copy, mode: 0o755)
            try await until("the copy is no longer it") { Lab.exec(copy) == 0 }
            try Lab.write(Lab.program(endingWith: 0), to: changed, mode: 0o755)
            try expect(Lab.exec(changed), refused, "a file that has become it")
        },
        Scenario("filesystem: the type") { lab in
            let file = try Lab.folder("types") + "/program"
            try Lab.copy(Lab.tiny, to: file)
            try await lab.setPolicies([
                Make.policy(
                    Make.deny(
                        .processExec,
                        object: Condition(.filesystem(["tmpfs"]), .path(Make.list([file, "/usr/bin/true"])))))
            ])
            try expect(Lab.exec(file), refused, "on a tmpfs")
            try expect(Lab.exec("/usr/bin/true"), 0, "on another one")
        },
        Scenario("flags: memfd, deleted, setuid, setgid, world_writable, script") { lab in
            let folder = try Lab.folder("flags")
            let paths = ["plain", "setuid", "setgid", "world", "gone"].map { folder + "/" + $0 }
            for path in paths { try Lab.copy(Lab.tiny, to: path) }
            chmod(paths[1], 0o4755)
            chmod(paths[2], 0o2755)
            chmod(paths[3], 0o757)
            let script = folder + "/script"
            try Lab.write("#!\(paths[0])\n", to: script)
            func policy(_ flags: FileFlag...) -> [Policy] {
                [Make.policy(Make.deny(.processExec, object: Condition(.flags(flags))))]
            }
            try await lab.setPolicies(policy(.memfd, .deleted))
            try expect(acts_exec_memfd(Lab.tiny), refused, "memfd")
            try expect(acts_exec_deleted(paths[4]), refused, "deleted")
            for path in paths[..<4] { try expect(Lab.exec(path), 0, "\(path) under a rule on others") }
            try await lab.setPolicies(policy(.setuid, .setgid, .worldWritable, .script))
            for path in paths[1..<4] + [script] {
                try expect(Lab.exec(path), refused, path)
                try await lab.expectDenial(.processExec, of: path)
            }
            try expect(Lab.exec(paths[0]), 0, "a plain file")
            chmod(paths[3], 0o755)
            try expect(Lab.exec(paths[3]), 0, "no longer writable for everybody")
        },
        Scenario("flags: the upper layer of an overlay") { lab in
            let base = try Lab.folder("layers")
            for name in ["lower", "upper", "work", "merged"] { mkdir(base + "/" + name, 0o755) }
            for name in ["low", "changed"] { try Lab.copy(Lab.tiny, to: base + "/lower/" + name) }
            let options = "lowerdir=\(base)/lower,upperdir=\(base)/upper,workdir=\(base)/work"
            let merged = base + "/merged"
            try expect(acts_mount("overlay", merged, "overlay", 0, options), 0, "mount the overlay")
            defer { acts_unmount(merged) }
            try Lab.copy(Lab.tiny, to: merged + "/up")
            try await lab.setPolicies([
                Make.policy(Make.deny(.processExec, object: Condition(.flags([.overlayUpper]))))
            ])
            try expect(Lab.exec(merged + "/low"), 0, "a file of the image")
            try expect(Lab.exec(merged + "/up"), refused, "a file that was added")
            try expect(Lab.exec(merged + "/changed"), 0, "a file of the image, before it is changed")
            chmod(merged + "/changed", 0o700)
            try expect(Lab.exec(merged + "/changed"), refused, "and after")
        },
    ]

    // MARK: What changes

    private static let changes: [Scenario] = [
        Scenario("a process that changes its user between attempts is decided as what it is") { lab in
            let file = try Lab.file(try Lab.folder("switching") + "/file")
            try await lab.setPolicies([
                Make.policy(
                    Make.deny(.fileOpen, subject: Condition(.user([.id(user)])), object: Make.path(file)))
            ])
            for _ in 0..<5 {
                let found = acts_open_switching(file, user)
                try expect(String(found, radix: 16), String(EPERM << 8, radix: 16), "errors, a byte each")
            }
        },
        Scenario("64 threads at once, half of them as another user: every one is decided as what it is") { lab in
            let file = try Lab.file(try Lab.folder("threads") + "/file")
            try await lab.setPolicies([
                Make.policy(
                    Make.deny(.fileOpen, subject: Condition(.user([.id(user)])), object: Make.path(file)))
            ])
            // Several times: how many hold memory for a decision at once is a matter of chance.
            for _ in 0..<3 { try expect(acts_open_by_threads(file, user, 20), 0, "wrong verdicts, of 1,280") }
        },
    ]

    /// Scenarios that end the daemon and start it again.
    static let restarting: [Scenario] = [
        Scenario("ancestor: of a process that was found running") { lab in
            let folder = try Lab.folder("found")
            let (first, second) = (try shell("found-first"), try shell("found-second"))
            let (signal, result) = (folder + "/signal", folder + "/result")
            for file in [signal, result] { unlink(file) }
            try await lab.setPolicies([deny(Condition(.ancestor(Make.list([first]))))])
            let waiting = "while [ ! -e \(signal) ]; do /bin/busybox sleep 0.1; done; \(Lab.tiny); echo $? >\(result)"
            // The first shell stays, as it has something to do afterwards.
            let pid = try DaemonProcess.spawn(
                [first, "-c", "\(second) -c '\(waiting)'; exit 0"], output: "/run/found.log")
            lab.disconnect()
            try expect(lab.daemon.end(), 0, "wait status of the daemon")
            try await lab.daemon.start()
            try await lab.connect()
            try Lab.write("", to: signal, mode: 0o644)
            try expect(try await text(result), "126\n", "status of what the grandchild tried")
            waitpid(pid, nil, 0)
            try await lab.setPolicies([Make.denyTree])
        }
    ]

    /// A shell in a folder of its own: it goes by the name that it is called by.
    private static func shell(_ folder: String) throws -> String {
        try Lab.shell(try Lab.folder(folder) + "/sh")
    }

    /// Waits for something, 10 s at most.
    private static func until(_ what: String, _ holds: () -> Bool) async throws {
        for _ in 0..<200 {
            if holds() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure("it wasn't so within 10 s: \(what)")
    }

    /// What a file says as soon as it says anything.
    private static func text(_ path: String) async throws -> String {
        var found = ""
        try await until("\(path) is written") {
            found = (try? Lab.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            return !found.isEmpty
        }
        return found
    }
}
