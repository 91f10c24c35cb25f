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

    struct Attack {
        var index: Int32
        var name: String
        var kind: String
    }

    static let all: [Attack] = (0..<acts_attacks()).map {
        Attack(index: $0, name: String(cString: acts_attack_name($0)), kind: String(cString: acts_attack_kind($0)))
    }

    /// A fourth word tries those whose name contains it, or one of several between bars.
    private static func isWanted(_ attack: Attack) -> Bool {
        guard arguments.count > 4 else { return true }
        return arguments[4].split(separator: "|").contains { attack.name.contains($0) }
    }

    private var counts: [String: Int] = [:]
    private var failures: [String] = []
    private var withoutEffect: Set<String> = []

    /// Tries everything on a process and files of which nothing is protected: what has no effect there proves nothing.
    mutating func control() throws {
        mkdir("/run/control", 0o755)
        _ = try DaemonProcess.runToEnd(["/sbin/modprobe", "loop"], output: "/run/control.log")
        for attack in Self.all
        where attack.kind != "platform" && !Self.attacksWithoutControl.contains(attack.name) && Self.isWanted(attack) {
            try expect(acts_mount("control", "/run/control", "tmpfs", 0, "mode=0755,size=32m"), 0, "mount")
            var target = AttackTarget(
                mount: "/run/control", folder: "/run/control/folder", scratch: "/run/control/scratch", pid: 0,
                executable: "/run/control-agent", socket: "/run/control/folder/tree/socket")
            try target.prepare()
            unlink(target.executable)
            try Lab.copy("/bin/sleep", to: target.executable)
            mknod(target.socket, S_IFSOCK | 0o600, 0)
            AttackRun.makeCgroups()
            var objects = [Int32](repeating: -1, count: 6)
            if attack.kind == "bpf" { try expect(acts_bpf_stand_in(&objects), 0, "make maps and programs") }
            target.pid = try DaemonProcess.spawn([target.executable, "600"], output: "/run/control.log")
            for object in objects where object >= 0 { close(object) }
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

    /// Tries everything; `targets` are an agent and the daemon, by name, with what belongs to them.
    mutating func run(_ targets: [(name: String, target: AttackTarget)], sealed: Bool, in lab: Lab) async throws {
        for attack in Self.all where Self.isWanted(attack) {
            let expected = Self.expectations[attack.name] ?? (.denied, .denied)
            let victim = attack.kind == "bpf" ? targets[1].name : targets[0].name
            for (name, target) in targets where attack.kind == "process" || name == victim {
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

    /// Notes what was tried by more than a call, with what is wrong since.
    mutating func survived(_ name: String, sealed: Bool, _ complaints: [String]) {
        judge(Attack(index: -1, name: name, kind: "load"), name, 0, complaints, .survived, sealed)
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
