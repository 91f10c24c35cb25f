// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc
import Sallyport

/// What root tries, before and after the seal: each attempt is denied, survived, possible by design, or listed as what root
/// can still do. That it works at all is shown first, on what isn't protected.
struct AttackSuite {
    enum Expectation: String {
        /// An error, and nothing has changed.
        case denied
        /// Whatever it returns: everything is there and decides as before.
        case survived
        /// It works, and shall.
        case possible
        /// It isn't refused, and docs/THREAT_MODEL.md says so.
        case listed
    }

    /// Of what isn't `denied` both before and after the seal.
    private static let expectations: [String: (before: Expectation, after: Expectation)] = [
        "kill 0": (.possible, .possible),
        "F_SETOWN and F_SETSIG SIGKILL": (.survived, .survived),
        "perf_event_open": (.listed, .listed),
        // On 7.2 CAP_PERFMON is enough, and no security module is asked.
        "process_madvise": (.listed, .listed),
        "a move to another cgroup": (.survived, .denied),
        "a move to a cgroup that is frozen": (.survived, .denied),
        "a move to a cgroup that is killed": (.denied, .denied),
        "real-time tasks on every processor": (.survived, .survived),
        "processes without end": (.survived, .survived),
        "descriptors without end": (.survived, .survived),
        "the kernel out of memory": (.survived, .denied),
        "open for reading": (.possible, .possible),
        "mount over a directory above in a namespace of one's own": (.possible, .possible),
        "connect to the socket": (.possible, .possible),
        "load a BPF program for kprobes": (.possible, .denied),
        "load a BPF program for raw tracepoints": (.possible, .denied),
        "load a BPF socket filter": (.possible, .possible),
        "kernel.modprobe": (.possible, .denied),
        "kernel.core_pattern": (.possible, .denied),
        "kernel.sched_rt_runtime_us": (.possible, .denied),
        "kernel.pid_max": (.possible, .denied),
        "fs.file-max": (.possible, .denied),
        "kernel.bpf_stats_enabled=0": (.survived, .survived),
        "sysrq": (.possible, .denied),
        "/dev/mem for writing": (.possible, .denied),
        "/dev/port for writing": (.possible, .denied),
        "MSRs for writing": (.possible, .denied),
        "kprobe_events": (.possible, .denied),
        "set_ftrace_filter": (.possible, .denied),
        "debugfs": (.possible, .denied),
        "iopl": (.possible, .denied),
        "init_module": (.possible, .denied),
        "finit_module": (.possible, .denied),
        "kexec_file_load": (.possible, .denied),
        "kexec_load": (.possible, .denied),
        "the clock ten years on": (.survived, .survived),
    ]
    /// They fail where nothing is protected, too, but later than where protection refuses them.
    private static let failsLater: Set<String> = [
        "swapon", "rename the executable", "removexattr", "acct", "rmdir of the tree", "freeze the file system",
        "open the executable for writing",
    ]
    /// Not tried on what isn't protected: nothing would be left to go on with.
    private static let kindsWithoutControl: Set<String> = ["platform"]
    private static let attacksWithoutControl: Set<String> = [
        "pivot_root", "open_by_handle_at once caches are dropped", "open the block device below for writing",
        "open another node of it", "SG_IO on it", "open a file on the disk for writing", "umount the disk, lazily",
    ]

    struct Attack {
        var index: Int32
        var name: String
        var kind: String
    }

    static let all: [Attack] = (0..<acts_attacks()).map {
        Attack(index: $0, name: String(cString: acts_attack_name($0)), kind: String(cString: acts_attack_kind($0)))
    }

    private var counts: [String: Int] = [:]
    private var failures: [String] = []
    private var withoutEffect: Set<String> = []

    /// Tries everything on a process and files of which nothing is protected: what has no effect there proves nothing.
    mutating func control() throws {
        mkdir("/run/control", 0o755)
        for attack in Self.all
        where !Self.kindsWithoutControl.contains(attack.kind) && !Self.attacksWithoutControl.contains(attack.name) {
            try expect(acts_mount("control", "/run/control", "tmpfs", 0, "mode=0755,size=32m"), 0, "mount")
            var target = AttackTarget(
                mount: "/run/control", folder: "/run/control/folder", scratch: "/run/control/scratch", pid: 0,
                executable: "/run/control-agent", socket: "/run/control/folder/tree/socket")
            try target.prepare()
            unlink(target.executable)
            try Lab.copy("/bin/sleep", to: target.executable)
            mknod(target.socket, S_IFSOCK | 0o600, 0)
            mkdir("/sys/fs/cgroup/platform", 0o755)
            target.pid = try DaemonProcess.spawn([target.executable, "600"], output: "/run/control.log")
            let result = target.attack(attack.index)
            kill(target.pid, SIGCONT)
            kill(target.pid, SIGKILL)
            waitpid(target.pid, nil, 0)
            acts_unmount_all("/run/control")
            acts_unmount_all("/run/attack-place")
            let isRefused = result == -EPERM || result == -ENOSYS
            if attack.kind == "kernel" || Self.failsLater.contains(attack.name) ? isRefused : result != 0 {
                withoutEffect.insert(attack.name)
                say("none  \(attack.kind): \(attack.name): \(Self.text(result)) where nothing is protected")
            }
        }
    }

    /// Tries everything; `targets` are the processes by name, with what belongs to them.
    mutating func run(_ targets: [(name: String, target: AttackTarget)], sealed: Bool, in lab: Lab) async throws {
        for attack in Self.all {
            let expected = Self.expectations[attack.name] ?? (.denied, .denied)
            for (name, target) in targets where attack.kind == "process" || name == targets[0].name {
                alarm(120)
                let result = target.attack(attack.index)
                let damage = try await damage(targets, lab)
                judge(
                    attack, "\(attack.kind == "process" ? "\(name): " : "")\(attack.name)", result, damage,
                    sealed ? expected.after : expected.before, sealed)
            }
        }
        alarm(0)
    }

    private func damage(_ targets: [(name: String, target: AttackTarget)], _ lab: Lab) async throws -> [String] {
        var found: [String] = []
        for (name, target) in targets {
            if !AttackTarget.isRunning(target.pid) { found.append("the \(name) doesn't run any more") }
            found += target.damage()
        }
        let denied = Lab.exec(Lab.deniedProgram)
        if denied != -EPERM { found.append("a denied program returned \(Self.text(denied))") }
        return found
    }

    private mutating func judge(
        _ attack: Attack, _ name: String, _ result: Int32, _ damage: [String], _ expected: Expectation, _ sealed: Bool
    ) {
        let when = sealed ? "sealed" : "before"
        var outcome = expected.rawValue
        var complaint = damage.joined(separator: "; ")
        switch expected {
        case .denied where result == -ENOSYS || withoutEffect.contains(attack.name): outcome = "none"
        case .denied where result == 0: complaint += " it succeeded"
        case .possible where result == -EPERM: complaint += " it was refused"
        default: break
        }
        if expected == .listed { complaint = "" }
        if complaint.isEmpty {
            counts["\(when) \(outcome)", default: 0] += 1
            say("\(outcome == "none" ? "none" : "pass")  \(when) \(outcome): \(name) (\(Self.text(result)))")
        } else {
            failures.append(name)
            say("FAIL  \(when) \(name): \(complaint) (\(Self.text(result)))")
        }
    }

    /// Says how many there were of each; whether all went as expected.
    func conclude() -> Bool {
        for when in ["before", "sealed"] {
            let parts = ["denied", "survived", "possible", "listed", "none"].map {
                "\(counts["\(when) \($0)"] ?? 0) \($0)"
            }
            let attempts = counts.filter { $0.key.hasPrefix(when) && !$0.key.hasSuffix("none") }.values.reduce(0, +)
            say("\(when): \(attempts) attempts: \(parts.joined(separator: ", "))")
        }
        return failures.isEmpty
    }

    private static func text(_ result: Int32) -> String {
        result < 0 ? String(cString: strerror(-result)) : String(result)
    }
}

/// The suite with a platform and an agent.
enum AttackRun {
    static let unit = "/run/lab/unit/sallyport.service"

    /// Whether everything went as expected.
    static func run(_ lab: Lab) async throws -> Bool {
        var suite = AttackSuite()
        if getenv("WITHOUT_CONTROL") == nil { try suite.control() }
        mkdir("/run/lab/unit", 0o755)
        // As systemd has them.
        try expect(acts_share_mounts(), 0, "share the mounts")
        try Lab.write("[Service]\n", to: unit, mode: 0o644)
        var target = AttackTarget(
            mount: Lab.root, folder: Lab.root + "/victim", scratch: Lab.root + "/scratch", pid: 0,
            executable: Lab.root + "/victim/agent", socket: lab.daemon.run + "/sallyportd.sock")
        try target.prepare()
        try target.makeDisk()
        try Lab.copy("/proc/self/exe", to: target.executable)
        // In a cgroup of their own, as a service manager would have them.
        mkdir("/sys/fs/cgroup/platform", 0o755)
        try move(to: "/sys/fs/cgroup/platform")
        try await lab.daemon.start(["--self-protection", "on", "--protect", unit])
        try await lab.connect(collecting: true)
        try expect(try AgentProcess.enrol("victim", ["protect-self"], in: lab), 0, "enrol")
        target.pid = try await victim(target, in: lab)
        try move(to: "/sys/fs/cgroup")
        try await lab.setPolicies([Make.denyTree])
        let daemon = AttackTarget(
            mount: target.mount, folder: target.folder, scratch: target.scratch, pid: lab.daemon.pid,
            executable: lab.daemon.binary, socket: target.socket, disk: target.disk)
        let targets = [(name: "agent", target: target), (name: "daemon", target: daemon)]
        try await suite.run(targets, sealed: false, in: lab)
        let status = try DaemonProcess.runToEnd(
            [lab.daemon.cli, "seal", "--socket", lab.daemon.socketPath], output: Lab.root + "/seal.out")
        try expect(status, 0, "status of sallyport seal")
        try await suite.run(targets, sealed: true, in: lab)
        return suite.conclude()
    }

    private static func move(to cgroup: String) throws {
        try Lab.write("\(getpid())", to: cgroup + "/cgroup.procs", mode: 0o644)
    }

    private static func victim(_ target: AttackTarget, in lab: Lab) async throws -> pid_t {
        let output = Lab.root + "/victim.out"
        let pid = try DaemonProcess.spawn(
            [
                target.executable, "victim", AgentProcess.folder("victim"), lab.daemon.run + "/agents.sock",
                target.folder,
            ]
                + (target.disk.isEmpty ? [] : [target.scratch + "/disk/kept"]), output: output)
        for _ in 0..<400 {
            let text = (try? Lab.read(output)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            if text.contains("ready") { return pid }
            try require(!text.contains("FAIL"), "the agent says: \(text)")
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure("the agent didn't get ready; the daemon's log:\n\(lab.daemon.log)")
    }
}
