// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport

/// `process.exec` by path, through every way to start a program.
enum ExecScenarios {
    static let refused = -EPERM

    static let all: [Scenario] = [
        Scenario("a program in a denied tree doesn't start, the same one elsewhere does") { lab in
            try expect(Lab.exec(Lab.deniedProgram), refused, "exec in the denied tree")
            let event = try await lab.expectDenial(.processExec, of: Lab.deniedProgram)
            try expect(event.decision.policy, "deny-tree", "policy of the denial")
            try expect(event.decision.rule, "denied", "rule of the denial")
            try expect(event.subject.exe.text.hasSuffix("kernel-scenarios"), true, "the subject is who tried")
            try expect(Lab.exec(Lab.tiny), 0, "exec in the allowed tree")
            try await lab.expectEvent("the allowed exec") {
                guard $0.operation == .processExec, case .file(let file, _) = $0.object else { return false }
                return file.path.text == Lab.tiny && $0.decision.verdict == .allow
            }
        },
        Scenario("an exec event tells path, arguments, directory, credentials, cgroup and identity") { lab in
            try expect(Lab.exec(Lab.tiny, ["one", "two words"]), 0, "exec")
            let event = try await lab.expectEvent("the exec") {
                guard $0.operation == .processExec, case .file(let file, _) = $0.object else { return false }
                return file.path.text == Lab.tiny
            }
            guard case .file(let file, _) = event.object else { throw Failure("no file") }
            var status = stat()
            stat(Lab.tiny, &status)
            try expect(file.identity.inode, UInt64(status.st_ino), "inode")
            try expect(file.size, 132, "size")
            try expect(event.subject.credentials.uid, 0, "uid")
            try require(event.subject.cgroup.path.hasPrefix("/"), "cgroup path: \(event.subject.cgroup.path)")
            try require(
                event.subject.namespaces.mount != 0 && event.subject.namespaces.pid != 0, "namespaces are known")
            try expect(event.subject.arguments, [Lab.tiny, "one", "two words"], "arguments")
            try expect(event.subject.argumentsTruncated, false, "arguments cut")
            let directory = getcwd(nil, 0)
            defer { free(directory) }
            try expect(event.subject.workingDirectory?.text, directory.map { String(cString: $0) }, "directory")
            try expect(event.subject.parent?.pid, getpid(), "parent")
            lab.forgetEvents()
            let result = Lab.withStrings([Lab.tiny]) { acts_exec_as(65534, Lab.tiny, $0) }
            try expect(result, 0, "exec as another user")
            let other = try await lab.expectEvent("the other user's exec") {
                guard $0.operation == .processExec, case .file(let file, _) = $0.object else { return false }
                return file.path.text == Lab.tiny
            }
            try expect(other.subject.credentials.uid, 65534, "uid after setuid(2)")
            try expect(other.subject.credentials.effectiveUID, 65534, "effective uid after setuid(2)")
            let processes = try await lab.client.processes()
            try require(processes.contains { $0.identity.pid == getpid() }, "this process is in the process list")
        },
        Scenario("a script in a denied tree and a script with a denied interpreter don't start") { lab in
            try Lab.write("#!\(Lab.tiny)\n", to: Lab.denied + "/script")
            try Lab.write("#!\(Lab.deniedProgram)\n", to: Lab.allowed + "/bad-interpreter")
            try Lab.write("#!\(Lab.tiny)\n", to: Lab.allowed + "/script")
            try expect(Lab.exec(Lab.denied + "/script"), refused, "denied script")
            try await lab.expectDenial(.processExec, of: Lab.denied + "/script")
            try expect(Lab.exec(Lab.allowed + "/bad-interpreter"), refused, "denied interpreter")
            try await lab.expectDenial(.processExec, of: Lab.deniedProgram)
            try expect(Lab.exec(Lab.allowed + "/script"), 0, "allowed script")
            let event = try await lab.expectEvent("the script's exec") {
                guard case .file(let file, let interpreter) = $0.object else { return false }
                return file.path.text == Lab.allowed + "/script" && interpreter?.text == Lab.tiny
            }
            guard case .file(let file, _) = event.object else { throw Failure("no file") }
            try require(file.flags.contains(.script), "the file is marked as a script")
        },
        Scenario("execveat with an empty path is decided by the file behind the descriptor") { lab in
            let descriptor = open(Lab.deniedProgram, O_RDONLY | O_CLOEXEC)
            defer { close(descriptor) }
            try expect(acts_exec_descriptor(descriptor), refused, "denied by descriptor")
            try await lab.expectDenial(.processExec, of: Lab.deniedProgram)
            let allowed = open(Lab.tiny, O_RDONLY | O_CLOEXEC)
            defer { close(allowed) }
            try expect(acts_exec_descriptor(allowed), 0, "allowed by descriptor")
        },
        Scenario("a memfd has no place: only a rule that says unresolvable stops it, and it is reported as such") {
            lab in
            try await lab.setPolicies([
                Make.policy("all", Make.rule("below", .deny, object: Make.path(Lab.root + "/**")))
            ])
            try expect(acts_exec_memfd(Lab.tiny), 0, "memfd past a ** rule")
            let event = try await lab.expectEvent("the memfd's exec") {
                guard $0.operation == .processExec, case .file(let file, _) = $0.object else { return false }
                return file.path.unresolvable == .anonymous
            }
            guard case .file(let file, _) = event.object else { throw Failure("no file") }
            try require(file.flags.contains(.memfd), "flagged as memfd: \(file.flags.words)")
            try await lab.setPolicies([
                Make.policy("memfd", Make.rule("nowhere", .deny, object: Make.path(unresolvable: true)))
            ])
            try expect(acts_exec_memfd(Lab.tiny), refused, "memfd with a rule on unresolvable")
            try expect(Lab.exec(Lab.tiny), 0, "a file with a path beside that rule")
        },
        Scenario("a deleted program keeps its former path") { lab in
            try Lab.copy(Lab.tiny, to: Lab.denied + "/gone")
            try expect(acts_exec_deleted(Lab.denied + "/gone"), refused, "deleted program of the denied tree")
            let event = try await lab.expectDenial(.processExec, of: Lab.denied + "/gone")
            guard case .file(let file, _) = event.object else { throw Failure("no file") }
            try require(file.flags.contains(.deleted), "flagged as deleted")
        },
        Scenario("each hard link is decided by its own path") { lab in
            link(Lab.deniedProgram, Lab.allowed + "/hard")
            link(Lab.tiny, Lab.denied + "/hard")
            try expect(Lab.exec(Lab.allowed + "/hard"), 0, "link in the allowed tree")
            try expect(Lab.exec(Lab.denied + "/hard"), refused, "link in the denied tree")
        },
        Scenario("a symbolic link is decided by what it points to") { lab in
            symlink(Lab.deniedProgram, Lab.allowed + "/soft")
            symlink(Lab.tiny, Lab.denied + "/soft")
            try expect(Lab.exec(Lab.allowed + "/soft"), refused, "link to a denied program")
            try await lab.expectDenial(.processExec, of: Lab.deniedProgram)
            try expect(Lab.exec(Lab.denied + "/soft"), 0, "link to an allowed program")
        },
        Scenario("a bind mount gives a file the path that it is mounted at") { lab in
            mkdir(Lab.denied + "/bound", 0o755)
            mkdir(Lab.root + "/bound", 0o755)
            try expect(
                acts_mount(Lab.allowed, Lab.denied + "/bound", "none", UInt(MS_BIND), nil), 0, "bind into denied")
            try expect(acts_mount(Lab.denied, Lab.root + "/bound", "none", UInt(MS_BIND), nil), 0, "bind out of denied")
            defer {
                acts_unmount(Lab.denied + "/bound")
                acts_unmount(Lab.root + "/bound")
            }
            try expect(Lab.exec(Lab.denied + "/bound/tiny"), refused, "allowed file mounted below denied")
            try await lab.expectDenial(.processExec, of: Lab.denied + "/bound/tiny")
            // Only root of the initial namespace can do this: docs/POLICY.md says so, docs/LIMITS.md what it means.
            try expect(Lab.exec(Lab.root + "/bound/program"), 0, "denied file mounted elsewhere by root")
        },
        Scenario("lower and upper files of an overlay are decided by the merged path") { lab in
            let base = Lab.root + "/overlay"
            for folder in ["", "/lower", "/upper", "/work", "/merged"] { mkdir(base + folder, 0o755) }
            try Lab.copy(Lab.tiny, to: base + "/lower/low")
            let options = "lowerdir=\(base)/lower,upperdir=\(base)/upper,workdir=\(base)/work"
            try expect(acts_mount("overlay", base + "/merged", "overlay", 0, options), 0, "mount the overlay")
            defer { acts_unmount(base + "/merged") }
            try Lab.copy(Lab.tiny, to: base + "/merged/up")
            try await lab.setPolicies([
                Make.policy("overlay", Make.rule("merged", .deny, object: Make.path(base + "/merged/**")))
            ])
            try expect(Lab.exec(base + "/merged/low"), refused, "lower file")
            try expect(Lab.exec(base + "/merged/up"), refused, "upper file")
            let event = try await lab.expectDenial(.processExec, of: base + "/merged/up")
            guard case .file(let file, _) = event.object else { throw Failure("no file") }
            try require(file.flags.contains(.overlay), "flagged as overlay")
            try expect(acts_protect_executable(base + "/merged/up"), refused, "mprotect of a file on the overlay")
            for folder in ["/upper2", "/work2", "/nested"] { mkdir(base + folder, 0o755) }
            let nested = "lowerdir=\(base)/merged,upperdir=\(base)/upper2,workdir=\(base)/work2"
            try expect(acts_mount("overlay", base + "/nested", "overlay", 0, nested), 0, "mount an overlay of it")
            defer { acts_unmount(base + "/nested") }
            try await lab.setPolicies([
                Make.policy("overlay", Make.rule("nested", .deny, object: Make.path(base + "/nested/**")))
            ])
            try expect(Lab.exec(base + "/nested/up"), refused, "a file of an overlay of an overlay")
            try expect(acts_map_executable(base + "/nested/low"), refused, "mmap there")
            try expect(acts_protect_executable(base + "/nested/low"), refused, "mprotect there")
            try await lab.setPolicies([
                Make.policy("overlay", Make.rule("lower", .deny, object: Make.path(base + "/lower/**")))
            ])
            try expect(Lab.exec(base + "/merged/low"), 0, "merged file while only the layer's path is denied")
        },
        Scenario("a rename after an allowed run takes effect at once, both ways") { lab in
            try Lab.copy(Lab.tiny, to: Lab.allowed + "/mover")
            try expect(Lab.exec(Lab.allowed + "/mover"), 0, "before")
            rename(Lab.allowed + "/mover", Lab.denied + "/mover")
            try expect(Lab.exec(Lab.denied + "/mover"), refused, "moved into the denied tree")
            rename(Lab.denied + "/mover", Lab.allowed + "/mover")
            try expect(Lab.exec(Lab.allowed + "/mover"), 0, "moved back")
        },
        Scenario("thirty directories deep and a path of 3,000 bytes are decided, not cut") { lab in
            var path = Lab.denied
            for level in 0..<30 {
                path += "/level\(level)"
                mkdir(path, 0o755)
            }
            try Lab.copy(Lab.tiny, to: path + "/program")
            try expect(Lab.exec(path + "/program"), refused, "30 directories deep")
            var long = Lab.denied
            while long.utf8.count < 2_990 - 101 {
                long += "/" + String(repeating: "x", count: 100)
                mkdir(long, 0o755)
            }
            long += "/" + String(repeating: "y", count: 3_000 - long.utf8.count - 1)
            try Lab.copy(Lab.tiny, to: long)
            try expect(long.utf8.count, 3_000, "length of the path")
            try expect(Lab.exec(long), refused, "3,000 bytes")
            try await lab.expectDenial(.processExec, of: long)
        },
        Scenario("a path beyond 4,095 bytes is unresolvable, reported so, and stopped by a rule that says so") { lab in
            try await lab.setPolicies([
                Make.policy("long", Make.rule("nowhere", .deny, object: Make.path(unresolvable: true)))
            ])
            try expect(acts_exec_beyond_limit(Lab.allowed, Lab.tiny), refused, "exec beyond the limit")
            try await lab.expectEvent("the denial as too long") {
                guard $0.decision.verdict == .deny, case .file(let file, _) = $0.object else { return false }
                return file.path.unresolvable == .tooLong
            }
        },
        Scenario("chroot doesn't hide where a program lies") { lab in
            try expect(acts_exec_chroot(Lab.denied, "/program"), refused, "exec inside a chroot below denied")
            try await lab.expectDenial(.processExec, of: Lab.deniedProgram)
        },
        Scenario("a mount arranged in an unprivileged user's namespace is no evidence of a path") { lab in
            mkdir(Lab.allowed + "/cover", 0o755)
            chmod(Lab.root, 0o755)
            let target = Lab.allowed + "/cover"
            try await lab.setPolicies([
                Make.policy(
                    "private", Make.rule("denied", .deny, object: Make.path(Lab.denied + "/**", unresolvable: true)))
            ])
            try expect(
                acts_exec_private_mount(Lab.denied, target, target + "/program"), refused, "exec behind the mount")
            try await lab.expectEvent("the denial as private namespace") {
                guard $0.decision.verdict == .deny, case .file(let file, _) = $0.object else { return false }
                return file.path.unresolvable == .privateNamespace
            }
        },
        Scenario("renaming the path while it is read doesn't get a program past its rule") { lab in
            for name in ["/flip", "/flip/a"] { mkdir(Lab.denied + name, 0o755) }
            try Lab.copy(Lab.tiny, to: Lab.denied + "/flip/a/program")
            let storm = acts_rename_storm(Lab.denied + "/flip/a", Lab.denied + "/flip/b")
            defer {
                kill(storm, SIGKILL)
                waitpid(storm, nil, 0)
            }
            var refusals = 0
            for _ in 0..<60 {
                for name in ["a", "b"] {
                    let result = Lab.exec(Lab.denied + "/flip/\(name)/program")
                    try require(result == refused || result == -ENOENT, "exec gave \(result)")
                    if result == refused { refusals += 1 }
                }
            }
            try require(refusals > 0, "the storm let no attempt reach the decision")
        },
        Scenario("every way to execute a file is decided: by path, by descriptor, as a script, by 32-bit calls") {
            lab in
            let folder = try Lab.folder("executions")
            let (program, gone, script) = (folder + "/program", folder + "/gone", folder + "/script")
            try Lab.copy(Lab.tiny, to: program)
            try Lab.write("#!\(Lab.tiny)\n", to: script)
            let interpreted = Lab.allowed + "/interpreted"
            try Lab.write("#!\(program)\n", to: interpreted)
            try await lab.attempt(
                [
                    Act("execve") { Lab.exec(program) }.seen(path: program),
                    Act("execve as another user") { Lab.withStrings([program]) { acts_exec_as(65534, program, $0) } }
                        .seen(path: program),
                    Act("execveat of a descriptor") {
                        let descriptor = open(program, O_RDONLY | O_CLOEXEC)
                        defer { close(descriptor) }
                        return acts_exec_descriptor(descriptor)
                    }.seen(path: program),
                    Act("execveat of a deleted file") {
                        guard (try? Lab.copy(Lab.tiny, to: gone)) != nil else { return -EIO }
                        return acts_exec_deleted(gone)
                    }.seen(path: gone),
                    Act("a script") { Lab.exec(script) }.seen(path: script),
                    Act("an interpreter") { Lab.exec(interpreted) }.seen(path: program),
                    Act("execve of 32-bit programs") { acts_exec_32_bit(program) }.seen(path: program),
                ], of: .processExec, under: Make.deny(.processExec, object: Make.path(folder + "/**")))
        },
    ]
}
