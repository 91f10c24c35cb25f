// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc

/// Ways to reach a file that a rule forbids, other than by its plain name. (Of executions: `ExecScenarios`.)
enum EvasionScenarios {
    private static let refused = -EPERM

    static let all = spellings + arrangements + races

    /// A tree whose files may not be opened, and one beside it.
    private static func trees(_ name: String) throws -> (denied: String, free: String, policy: Policy) {
        let folder = try Lab.folder(name)
        let (denied, free) = (try Lab.folder(name + "/denied"), try Lab.folder(name + "/free"))
        _ = try Lab.file(denied + "/file")
        _ = try Lab.file(free + "/file")
        let rule = Make.rule(
            "denied", .deny, on: [.fileOpen, .processExec], object: Make.path(folder + "/denied/**"))
        return (denied, free, Make.policy(rule))
    }

    private static func open(_ path: String) -> Int32 { acts_open_file(ACTS_OPENAT, path, O_RDONLY) }

    // MARK: Other spellings

    private static let spellings: [Scenario] = [
        Scenario("deep directories, long paths and detours don't hide a file") { lab in
            let (denied, free, policy) = try trees("spelled")
            var deep = denied
            for level in 0..<60 {
                deep += "/level\(level)"
                mkdir(deep, 0o755)
            }
            var long = denied
            while long.utf8.count < 3_500 {
                long += "/" + String(repeating: "x", count: 100)
                mkdir(long, 0o755)
            }
            for path in [deep + "/file", long + "/file"] { _ = try Lab.file(path) }
            try await lab.setPolicies([policy])
            let detours = [
                deep + "/file", long + "/file", free + "/../denied/file", denied + "//.//file",
                denied + "/level0/../file", "/proc/self/root" + denied + "/file",
            ]
            for path in detours { try expect(open(path), refused, "open \(path.suffix(60))") }
            let held = Glibc.open(denied, acts_path_only | O_DIRECTORY)
            defer { close(held) }
            try expect(open("/proc/self/fd/\(held)/file"), refused, "open below a descriptor of the directory")
            try expect(open(free + "/file"), 0, "open what is free")
        },
        Scenario("symbolic links, absolute, relative and in a row, lead to what they point to") { lab in
            let (denied, free, policy) = try trees("soft")
            for name in ["absolute", "relative", "directory", "twice", "harmless"] { unlink(free + "/" + name) }
            symlink(denied + "/file", free + "/absolute")
            symlink("../denied/file", free + "/relative")
            symlink("../denied", free + "/directory")
            symlink("relative", free + "/twice")
            symlink(free + "/file", denied + "/harmless")
            try await lab.setPolicies([policy])
            for name in ["absolute", "relative", "directory/file", "twice"] {
                try expect(open(free + "/" + name), refused, "open \(name)")
                try await lab.expectDenial(.fileOpen, of: denied + "/file")
                lab.forgetEvents()
            }
            try expect(open(denied + "/harmless"), 0, "a link out of the tree to what is free")
        },
        Scenario("a hard link is decided by its own name, and making it can be denied by the old one") { lab in
            let (denied, free, policy) = try trees("hard")
            let link = free + "/link"
            unlink(link)
            try await lab.setPolicies([policy])
            try expect(Glibc.link(denied + "/file", link), 0, "link, which no rule concerns")
            // Cached for the same inode by the other name, in either order.
            for _ in 0..<3 {
                try expect(open(denied + "/file"), refused, "open by the denied name")
                try expect(open(link), 0, "open by the other name")
            }
            unlink(link)
            try await lab.setPolicies([
                policy,
                Make.policy("links", Make.deny(.fileLink, object: Make.path(denied + "/**"))),
            ])
            try expect(acts_link(ACTS_LINK, denied + "/file", link), refused, "link under a rule on links")
        },
        Scenario("system calls of 32-bit programs are decided as others are") { lab in
            let (denied, free, policy) = try trees("compat")
            try Lab.copy(Lab.tiny, to: denied + "/program")
            try Lab.copy(Lab.tiny, to: free + "/program")
            try expect(acts_exec_32_bit(free + "/program"), 0, "execve without a rule (has the kernel 32-bit calls?)")
            try await lab.setPolicies([policy])
            try expect(acts_open_file(ACTS_OPEN_32_BIT, denied + "/file", O_RDONLY), refused, "open")
            try await lab.expectDenial(.fileOpen, of: denied + "/file")
            try expect(acts_open_file(ACTS_OPEN_32_BIT, free + "/file", O_RDONLY), 0, "open what is free")
            try expect(acts_exec_32_bit(denied + "/program"), refused, "execve")
            try await lab.expectDenial(.processExec, of: denied + "/program")
            try expect(acts_exec_32_bit(free + "/program"), 0, "execve of what is free")
            let own = Make.exe(Lab.own)
            try await lab.setPolicies([
                Make.policy(Make.rule("others", .deny, on: [.processOpen, .threadOpen], subject: own, object: own))
            ])
            let target = try Target(threads: ())
            try expect(acts_seize_32_bit(target.pid), refused, "ptrace")
            withExtendedLifetime(target) {}
        },
    ]

    // MARK: Other arrangements of the tree

    private static let arrangements: [Scenario] = [
        Scenario("a bind mount, made by root, gives a file the path that it is mounted at") { lab in
            let (denied, free, policy) = try trees("bound-files")
            for folder in [denied + "/in", free + "/out"] { mkdir(folder, 0o755) }
            try expect(acts_mount(free, denied + "/in", nil, UInt(MS_BIND), nil), 0, "bind into denied")
            defer { acts_unmount(denied + "/in") }
            try expect(acts_mount(denied, free + "/out", nil, UInt(MS_BIND), nil), 0, "bind out of denied")
            defer { acts_unmount(free + "/out") }
            try await lab.setPolicies([policy])
            for _ in 0..<2 {
                try expect(open(denied + "/in/file"), refused, "a free file below denied")
                try expect(open(free + "/file"), 0, "the same file where it lies")
                try expect(open(denied + "/file"), refused, "a denied file")
                // Only root of the initial namespace can do this, and can be denied to (file.mount).
                try expect(open(free + "/out/file"), 0, "the same file, mounted elsewhere by root")
            }
        },
        Scenario("a /tmp of one's own is /tmp, and one in a user's own namespace is no evidence") { lab in
            func policies(_ operation: EndpointModel.Operation, unresolvable: Bool = false) -> [Policy] {
                let subject = unresolvable ? Condition(.user([.id(65534)])) : nil
                let object = Make.path("/tmp/**", unresolvable: unresolvable)
                return [Make.policy(Make.deny(operation, subject: subject, object: object))]
            }
            try await lab.setPolicies(policies(.fileOpen))
            try expect(acts_open_in_own_tmp(0, "secret"), refused, "root opens a file in a new mount namespace")
            try await lab.expectDenial(.fileOpen, of: "/tmp/secret")
            try expect(acts_open_in_own_tmp(65534, "secret"), 0, "a user, under a rule without unresolvable")
            try await lab.setPolicies(policies(.fileOpen, unresolvable: true))
            try expect(acts_open_in_own_tmp(65534, "secret"), refused, "a user opens a file in namespaces of its own")
            try await lab.setPolicies(policies(.processExec))
            try expect(acts_exec_own_tmp(0, Lab.tiny), refused, "root executes a program in a new mount namespace")
            try await lab.expectDenial(.processExec, of: "/tmp/program")
            try expect(acts_exec_own_tmp(65534, Lab.tiny), 0, "a user, under a rule without unresolvable")
            try await lab.setPolicies(policies(.processExec, unresolvable: true))
            try expect(
                acts_exec_own_tmp(65534, Lab.tiny), refused, "a user executes a program in namespaces of its own")
            try await lab.expectEvent("a denial as private namespace") {
                guard $0.operation == .processExec, case .file(let file, _) = $0.object else { return false }
                return $0.decision.verdict == .deny && file.path.unresolvable == .privateNamespace
            }
        },
        Scenario("chroot doesn't hide where a file lies") { lab in
            let (denied, free, policy) = try trees("rooted")
            try await lab.setPolicies([policy])
            try expect(acts_open_in_chroot(denied, "/file", O_RDONLY), refused, "open inside a root below denied")
            try await lab.expectDenial(.fileOpen, of: denied + "/file")
            try expect(acts_open_in_chroot(free, "/file", O_RDONLY), 0, "open inside a root below free")
            try expect(
                acts_open_in_chroot(free, "/../../denied/file", O_RDONLY), -ENOENT, "the root's parent is itself")
        },
        Scenario("the files of an overlay are decided by the merged path, and are told apart from its layers'") { lab in
            let base = try Lab.folder("overlaid")
            for name in ["lower", "upper", "work", "merged"] { mkdir(base + "/" + name, 0o755) }
            let merged = base + "/merged"
            _ = try Lab.file(base + "/lower/low")
            let options = "lowerdir=\(base)/lower,upperdir=\(base)/upper,workdir=\(base)/work"
            try expect(acts_mount("overlay", merged, "overlay", 0, options), 0, "mount the overlay")
            defer { acts_unmount(merged) }
            _ = try Lab.file(merged + "/up")
            try await lab.setPolicies([Make.policy(Make.deny(.fileOpen, object: Make.path(merged + "/**")))])
            for _ in 0..<2 {
                for name in ["low", "up"] { try expect(open(merged + "/" + name), refused, "open merged/\(name)") }
                try expect(open(base + "/lower/low"), 0, "the lower layer's file")
                try expect(open(base + "/upper/up"), 0, "the upper layer's file")
            }
            try await lab.setPolicies([
                Make.policy(Make.deny(.fileOpen, object: Make.path(base + "/lower/**", base + "/upper/**")))
            ])
            for name in ["low", "up"] { try expect(open(merged + "/" + name), 0, "open merged/\(name)") }
            try expect(open(base + "/lower/low"), refused, "the lower layer's file")
        },
        Scenario("renaming a directory above a file takes effect at once, both ways") { lab in
            let (denied, free, policy) = try trees("moved-trees")
            for name in ["/a", "/a/b", "/a/b/c"] { mkdir(free + name, 0o755) }
            _ = try Lab.file(free + "/a/b/c/file")
            try await lab.setPolicies([policy])
            for round in 0..<3 {
                for _ in 0..<3 { try expect(open(free + "/a/b/c/file"), 0, "round \(round), in the free tree") }
                try expect(rename(free + "/a", denied + "/a"), 0, "rename")
                for _ in 0..<3 {
                    try expect(open(denied + "/a/b/c/file"), refused, "round \(round), in the denied tree")
                }
                try expect(rename(denied + "/a", free + "/a"), 0, "rename back")
            }
            // The tree itself gets another name: the rule is about the name.
            let other = denied + "-no-more"
            try expect(rename(denied, other), 0, "rename the tree")
            try expect(open(other + "/file"), 0, "below the new name")
            try expect(rename(other, denied), 0, "rename it back")
            try expect(open(denied + "/file"), refused, "below the old name")
        },
        Scenario("a mount over a directory takes effect at once, and so does its end") { lab in
            let (denied, free, policy) = try trees("covered")
            try await lab.setPolicies([policy])
            try expect(open(denied + "/file"), refused, "before")
            for _ in 0..<2 {
                try expect(acts_mount(free, denied, nil, UInt(MS_BIND), nil), 0, "cover the denied tree")
                try expect(open(denied + "/file"), refused, "what is seen there now")
                try expect(acts_unmount(denied), 0, "uncover it")
                try expect(open(denied + "/file"), refused, "and afterwards")
                try expect(open(free + "/file"), 0, "what is free")
            }
        },
        Scenario("a file moved into a denied tree while it is open stays open, and can't be opened again") { lab in
            let (denied, free, policy) = try trees("held")
            let path = try Lab.file(free + "/mover")
            try await lab.setPolicies([policy])
            let held = Glibc.open(path, O_RDONLY | O_CLOEXEC)
            try require(held >= 0, "open before the move")
            defer { close(held) }
            try expect(rename(path, denied + "/mover"), 0, "move")
            var byte: UInt8 = 0
            try expect(Glibc.read(held, &byte, 1), 1, "read through the old descriptor")
            try expect(open("/proc/self/fd/\(held)"), refused, "open it again through the descriptor")
            try expect(open(denied + "/mover"), refused, "open it by its name")
        },
    ]

    // MARK: Races

    private static let races: [Scenario] = [
        Scenario("changing the path while the kernel reads it doesn't get a file past its rule") { lab in
            let folders = (try Lab.folder("race-a"), try Lab.folder("race-b"))
            let (free, denied) = (folders.0 + "/file", folders.1 + "/file")
            for path in [free, denied] { _ = try Lab.file(path) }
            try Lab.write(Lab.program(endingWith: 0), to: folders.0 + "/program", mode: 0o755)
            try Lab.write(Lab.program(endingWith: 7), to: folders.1 + "/program", mode: 0o755)
            try await lab.setPolicies([
                Make.policy(
                    Make.rule("b", .deny, on: [.fileOpen, .processExec], object: Make.path(folders.1 + "/**")))
            ])
            try expect(acts_open_changing_path(free, denied, 2_000), 0, "denied files opened")
            try expect(
                acts_exec_changing_path(folders.0 + "/program", folders.1 + "/program", 100), 0,
                "denied programs executed")
        },
        Scenario("renaming directories above a file while it is opened doesn't get it past its rule") { lab in
            let (denied, _, policy) = try trees("stormy")
            mkdir(denied + "/a", 0o755)
            _ = try Lab.file(denied + "/a/file")
            try await lab.setPolicies([policy])
            let storm = acts_rename_storm(denied + "/a", denied + "/b")
            defer {
                kill(storm, SIGKILL)
                waitpid(storm, nil, 0)
            }
            var refusals = 0
            for _ in 0..<300 {
                for name in ["a", "b"] {
                    let descriptor = Glibc.open(denied + "/\(name)/file", O_RDONLY | O_CLOEXEC)
                    let error = errno
                    try require(
                        descriptor < 0 && (error == EPERM || error == ENOENT), "open gave \(descriptor), \(error)")
                    if error == EPERM { refusals += 1 }
                }
            }
            try require(refusals > 0, "the storm let no attempt reach the decision")
        },
    ]
}
