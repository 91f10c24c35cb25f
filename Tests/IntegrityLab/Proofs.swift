// SPDX-License-Identifier: Apache-2.0

import Glibc
import KernelIntegrity
import LinuxSystem

/// That a check sees what a fixture does.
struct Proof {
    var check: String
    var fixture: String
    var parameters: [String] = []
    /// The kernel's modules that have to be there.
    var modules: [String] = []
    /// Releases, by their beginnings, on which it can't be done.
    var notOn: [String] = []
    /// Whether it is done to a process, by `pid=`.
    var needsVictim = false
    /// Whether the fixture makes the kernel stronger, so that undoing it is what has to be seen.
    var isInverse = false

    /// The checks that rightly see it, too: both tables lie in read-only data.
    var isSeenBy: Set<String> {
        fixture == "syscall_table" || parameters == ["table=tcp"] ? ["read-only-data"] : []
    }

    /// Whether more checks than can be told see it, too: what hides a module from `/proc/modules` isn't seen by one alone.
    var concernsOthers: Bool { fixture == "operations" && parameters.isEmpty }

    /// Whether it can be done again and again beside others: nothing that undoes itself, or keeps the others' modules out.
    var isRepeatable: Bool {
        !concernsOthers && !parameters.contains { $0.hasPrefix("undo_after") }
            && !["state=lockdown", "state=signatures"].contains(parameters.first)
    }

    var title: String { ([check, fixture] + parameters).joined(separator: " ") }

    /// One a line; a check may have several, and a fixture several checks.
    static let all = [
        Proof(check: "kernel-text", fixture: "text"),
        Proof(check: "kernel-text", fixture: "fentry_call"),
        Proof(check: "kernel-text", fixture: "static_key"),
        Proof(check: "kernel-text", fixture: "static_call"),
        Proof(check: "read-only-data", fixture: "rodata"),
        Proof(check: "system-calls", fixture: "syscall_table"),
        Proof(check: "interrupt-table", fixture: "idt_gate"),
        Proof(check: "entry-point", fixture: "syscall_entry", modules: ["msr"]),
        Proof(check: "security-hooks", fixture: "lsm_hook"),
        // The dispatch can't be traced on 7.2.
        Proof(check: "ftrace-operations", fixture: "syscall_ftrace", notOn: ["7."]),
        Proof(check: "ftrace-operations", fixture: "syscall_ftrace", parameters: ["symbol=__x64_sys_sysfs"]),
        Proof(check: "kprobes", fixture: "syscall_kprobe"),
        // Behind the place where ftrace calls: by a breakpoint, or a jump.
        Proof(check: "kprobes", fixture: "syscall_kprobe", parameters: ["offset=5"], notOn: ["6.12.", "7."]),
        Proof(check: "kprobes", fixture: "syscall_kprobe", parameters: ["offset=9"], notOn: ["6.1."]),
        Proof(check: "livepatch", fixture: "livepatch"),
        // One of the lab's own.
        Proof(check: "bpf-programs", fixture: "hide_bpf", parameters: ["program=integrity_walk"]),
        Proof(check: "modules", fixture: "hide_module"),
        Proof(check: "modules", fixture: "hide_module", parameters: ["from=sysfs", "undo_after=3000"]),
        Proof(check: "modules", fixture: "hide_module", parameters: ["from=tree", "undo_after=3000"]),
        Proof(check: "module-text", fixture: "text", parameters: ["symbol=ovl_statfs"], modules: ["overlay"]),
        Proof(check: "module-text", fixture: "fentry_call", parameters: ["symbol=ovl_statfs"], modules: ["overlay"]),
        Proof(check: "usermode-helpers", fixture: "usermode_helper"),
        Proof(check: "usermode-helpers", fixture: "usermode_helper", parameters: ["symbol=core_pattern"]),
        Proof(check: "usermode-helpers", fixture: "usermode_helper", parameters: ["symbol=poweroff_cmd"]),
        Proof(check: "operation-tables", fixture: "operations"),
        Proof(check: "operation-tables", fixture: "operations", parameters: ["table=tcp"]),
        Proof(check: "operation-tables", fixture: "operations", parameters: ["table=proc"]),
        Proof(check: "operation-tables", fixture: "operations", parameters: ["table=file"]),
        Proof(check: "notifier-chains", fixture: "notifier"),
        Proof(check: "notifier-chains", fixture: "notifier", parameters: ["chain=reboot"]),
        Proof(check: "notifier-chains", fixture: "notifier", parameters: ["chain=keyboard"]),
        // The machine is neither locked down nor asks for signatures.
        Proof(check: "security-state", fixture: "security_state", parameters: ["state=lockdown"], isInverse: true),
        Proof(check: "security-state", fixture: "security_state", parameters: ["state=signatures"], isInverse: true),
        Proof(check: "security-state", fixture: "security_state", parameters: ["state=selinux"], isInverse: true),
        Proof(check: "cpu-protection", fixture: "cpu_protection", parameters: ["bit=wp"]),
        Proof(check: "cpu-protection", fixture: "cpu_protection", parameters: ["bit=pinned"]),
        Proof(check: "processes", fixture: "hide_process", parameters: ["from=number"], needsVictim: true),
        Proof(check: "processes", fixture: "hide_process", parameters: ["from=links"], needsVictim: true),
        Proof(check: "processes", fixture: "hide_process", parameters: ["from=tasks"], needsVictim: true),
        Proof(check: "credentials", fixture: "credentials", parameters: ["by=write"], needsVictim: true),
        Proof(check: "credentials", fixture: "credentials", parameters: ["by=swap"], needsVictim: true),
    ]
}

extension Lab {
    /// Runs each proof of the checks wanted, all of them for none; returns how many failed.
    func prove(_ wanted: Set<String>) -> Int {
        let release = view.facts.release
        var failed = 0
        var proved: Set<String> = []
        for proof in Proof.all where wanted.isEmpty || wanted.contains(proof.check) {
            proved.insert(proof.check)
            if proof.notOn.contains(where: { release.hasPrefix($0) }) {
                print("PROOF \(proof.title): not on \(release)")
                continue
            }
            do {
                let outcome = try prove(proof)
                if !outcome.isProof { failed += 1 }
                print("PROOF \(proof.title): \(outcome)")
            } catch {
                failed += 1
                print("PROOF \(proof.title): FAILED, \(error)")
            }
            fflush(nil)
        }
        for check in checks where (wanted.isEmpty || wanted.contains(check.name)) && !proved.contains(check.name) {
            failed += 1
            print("PROOF \(check.name): FAILED, no fixture proves it")
        }
        return failed
    }

    /// A process that is nobody's, so that there is something to be raised to, and that has another name in each look.
    static func victim() throws -> ChildProcess {
        let program = "for (;;) { $0 = 'victim'.$count++; select(undef, undef, undef, 0.02) }"
        let victim = try ChildProcess(
            ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/perl", "-e", program],
            inheriting: [])
        for _ in 0..<1000 {
            if let name = try? FileSystem.readText("/proc/\(victim.pid)/comm"), name.hasPrefix("victim") { break }
            Clock.sleep(microseconds: 10_000)
        }
        return victim
    }

    private func prove(_ proof: Proof) throws -> TamperOutcome {
        for module in proof.modules { try Fixture.run(["/sbin/modprobe", module]) }
        guard proof.needsVictim else {
            return try tamper(
                check: proof.check, fixture: proof.fixture, parameters: proof.parameters, isInverse: proof.isInverse)
        }
        let victim = try Self.victim()
        defer {
            victim.signal(SIGKILL)
            _ = victim.wait()
        }
        return try tamper(
            check: proof.check, fixture: proof.fixture, parameters: ["pid=\(victim.pid)"] + proof.parameters)
    }
}
