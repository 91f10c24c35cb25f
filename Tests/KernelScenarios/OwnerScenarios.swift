// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport

/// Whose a process is: other roots, libraries of everybody's, children. They follow `ProtectionScenarios` in its lab.
enum OwnerScenarios {
    private static let jail = "/jail"
    private static let preload = "/etc/ld.so.preload"
    /// What others can't do to a process that is protected.
    private static let attacks = [
        "kill SIGKILL", "kill SIGSTOP", "ptrace seize", "process_vm_writev", "/proc/PID/mem for writing", "pidfd_getfd",
        "prlimit of files", "setpriority",
    ]

    static let all: [Scenario] = [
        Scenario("an owner's executable acts for nobody below another root, on the same mount") { lab in
            // Everything is what it is outside: the mount namespace, the mount of the root, the libraries' inodes.
            for path in [jail, jail + "/usr", jail + "/run", jail + Lab.root, jail + "/proc", jail + "/dev"] {
                mkdir(path, 0o755)
            }
            for path in ["/lib", "/lib64"] { symlink("usr" + path, jail + path) }
            for path in ["/usr", Lab.root, "/proc", "/dev"] {
                try expect(acts_mount(path, jail + path, "", UInt(MS_BIND), ""), 0, "bind \(path)")
            }
            defer { for path in ["/usr", Lab.root, "/proc", "/dev"] { umount2(jail + path, Int32(MNT_DETACH)) } }
            try expect(try touch(["/usr/sbin/chroot", "/"]), 0, "below the same root")
            try expect(try touch(["/usr/sbin/chroot", jail]), EPERM, "below another root")
        },
        Scenario("a library that /etc/ld.so.preload has everybody load takes an owner's rights away") { lab in
            try require(access(preload, F_OK) != 0, "there is a \(preload) already")
            try expect(try touch([]), 0, "without it")
            try Lab.write(Lab.library + "\n", to: preload, mode: 0o644)
            let result = try touch([])
            unlink(preload)
            try expect(result, EPERM, "with it")
            try expect(try touch([]), 0, "without it again")
        },
        Scenario("what an agent starts is protected with it where it says so, without its rights") { lab in
            for children in [true, false] {
                // The other one is protected without already.
                let program = children ? Lab.root + "/owner/family" : ProtectionScenarios.program
                if children { try Lab.copy("/proc/self/exe", to: program) }
                let family = try await FamilyProcess(
                    program, children: children, file: ProtectionScenarios.kept + "/file", in: lab)
                defer { if !children { kill(family.child, SIGKILL) } }
                try expect(try await family.childWrote(), false, "the child may write to what is the owner's")
                try expect(attempts(on: family.agent), [], "what can be done to the agent")
                try expect(
                    attempts(on: family.child), children ? [] : attacks.filter { $0 != "kill SIGKILL" },
                    "what can be done to the child, children: \(children)")
                try family.finish()
                guard children else { continue }
                // Its creator is gone, and another one has come.
                try expect(attempts(on: family.child), [], "what can be done to the child of an agent that ended")
                let next = try await FamilyProcess(
                    program, children: true, file: ProtectionScenarios.kept + "/file", in: lab)
                for child in [family.child, next.child] {
                    try expect(attempts(on: child), [], "what can be done to the children after a restart")
                }
                try next.finish()
            }
        },
    ]

    /// Which of the attacks others succeed with; SIGKILL isn't tried on what it would end.
    private static func attempts(on pid: pid_t) -> [String] {
        let target = AttackTarget(
            mount: Lab.root, folder: Lab.root, scratch: Lab.root, pid: pid, executable: "", socket: "")
        // A protected process survives it, another one shows by the rest that it isn't protected.
        let isProtected = kill(pid, SIGCONT) == -1 && errno == EPERM
        let succeeded = AttackSuite.all.filter { attack in
            attacks.contains(attack.name) && (isProtected || attack.name != "kill SIGKILL")
                && target.attack(attack.index) == 0
        }
        if !isProtected { kill(pid, SIGCONT) }
        return attacks.filter { name in succeeded.contains { $0.name == name } }
    }

    private static func touch(_ words: [String]) throws -> Int32 {
        try DaemonProcess.runToEnd(
            words + [ProtectionScenarios.program, "touch", ProtectionScenarios.kept + "/file"],
            output: Lab.root + "/touch.out")
    }
}
