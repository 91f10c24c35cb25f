// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Synchronization

/// `security-state`: what the kernel's own security rests on hasn't become weaker since the first look: lockdown, signatures of
/// modules, SELinux, AppArmor, and some sysctls.
///
/// What was weak from the start is a weakness. Limits: for the kernel `setenforce`, or a sysctl by root, and a write to its memory
/// leave the same; but for what a file of `sysctl.d` says each is a violation. Fixture: `security_state`.
public final class SecurityStateCheck: IntegrityCheck {
    public let name = "security-state"
    public let covers =
        "Lockdown, module signatures, SELinux and AppArmor, and sysctls that protect: none weaker than before."
    public let pace = CheckPace.fast

    private let first = Mutex<[String: UInt64]>([:])

    public init() {}

    private struct State {
        /// What it is called in findings.
        var name: String
        var symbol: String
        /// Of a part of what the symbol stands for.
        var field: String?
        var bytes = 4
        /// By which root may lower it.
        var sysctl: String?
        /// What to say where it is 0 from the start; `nil`: nothing.
        var weakness: String?
        var advice = ""
    }

    private static let states = [
        State(
            name: "lockdown", symbol: "kernel_locked_down",
            weakness: "the kernel isn't locked down: root may read and write its memory",
            advice: "Start it with lockdown=integrity."),
        State(
            name: "module signatures", symbol: "module.sig_enforce", bytes: 1,
            weakness: "modules need no signature: root may load any code into the kernel",
            advice: "Start it with module.sig_enforce=1, or locked down."),
        State(name: "SELinux enforcing", symbol: "selinux_state", field: "selinux_state.enforcing", bytes: 1),
        State(name: "SELinux", symbol: "selinux_state", field: "selinux_state.initialized", bytes: 1),
        State(name: "AppArmor", symbol: "apparmor_initialized"),
        State(name: "modules_disabled", symbol: "modules_disabled"),
        State(name: "kexec_load_disabled", symbol: "kexec_load_disabled"),
        State(
            name: "unprivileged_bpf_disabled", symbol: "sysctl_unprivileged_bpf_disabled",
            sysctl: "kernel.unprivileged_bpf_disabled",
            weakness: "programs without privileges may load BPF programs",
            advice: "Set the sysctl kernel.unprivileged_bpf_disabled to 2."),
        State(
            name: "randomize_va_space", symbol: "randomize_va_space", sysctl: "kernel.randomize_va_space",
            weakness: "programs' memory isn't laid out at random",
            advice: "Set the sysctl kernel.randomize_va_space to 2."),
        State(name: "kptr_restrict", symbol: "kptr_restrict", sysctl: "kernel.kptr_restrict"),
        State(name: "mmap_min_addr", symbol: "mmap_min_addr", bytes: 8, sysctl: "vm.mmap_min_addr"),
    ]

    public func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        result.baseline = "the first look"
        var count = 0
        for state in Self.states {
            guard let address = try address(of: state, kernel) else { continue }
            guard let value = try kernel.memory.bytes(address, state.bytes)?.littleEndianNumber else {
                result.gaps.append("\(state.name) can't be read")
                continue
            }
            count += 1
            let then = first.withLock { known in
                // A state that has become stronger mustn't be lowered again either.
                let best = max(known[state.name] ?? value, value)
                known[state.name] = best
                return best
            }
            judge(state, value, then, &result)
        }
        try lookAtEnforcement(kernel, &result)
        result.extent = "\(count) states"
        return result
    }

    private func address(of state: State, _ kernel: KernelView) throws(KernelMemoryError) -> UInt64? {
        if state.symbol.contains(".") { return try kernel.parameter(state.symbol) }
        guard let address = kernel.address(of: state.symbol) else { return nil }
        guard let field = state.field else { return address }
        return kernel.offset(of: field).map { address &+ UInt64($0) }
    }

    private func judge(_ state: State, _ value: UInt64, _ then: UInt64, _ result: inout CheckResult) {
        if value < then {
            let file = state.sysctl.flatMap { SysctlConfiguration.file(setting: $0, to: String(value)) }
            result.observations.append(
                Observation(
                    file == nil ? .violation : .explained, subject: state.name,
                    summary: "\(state.name) has become weaker: \(value), and was \(then)",
                    attribution: file.map { "sysctl of \($0)" } ?? "",
                    advice: state.sysctl == nil && state.name != "SELinux enforcing"
                        ? Observation.distrust : "If you did it, do it back; else find out who did.",
                    differences: [
                        Finding.Difference(
                            symbol: state.symbol, expected: KernelView.bytes(then), found: KernelView.bytes(value))
                    ]))
        } else if value == 0, let weakness = state.weakness {
            result.observations.append(
                Observation(.weakness, subject: state.name, summary: weakness, advice: state.advice))
        }
    }

    /// SELinux that was started and doesn't enforce.
    private func lookAtEnforcement(_ kernel: KernelView, _ result: inout CheckResult) throws(KernelMemoryError) {
        guard let state = kernel.address(of: "selinux_state"),
            let enforcing = kernel.offset(of: "selinux_state.enforcing"),
            let initialized = kernel.offset(of: "selinux_state.initialized"),
            let bytes = try kernel.memory.bytes(state, max(enforcing, initialized) + 1)
        else { return }
        if bytes[initialized] != 0, bytes[enforcing] == 0,
            !result.observations.contains(where: { $0.subject == "SELinux enforcing" })
        {
            result.observations.append(
                Observation(
                    .weakness, subject: "SELinux enforcing",
                    summary: "SELinux only logs: it doesn't enforce its policy",
                    advice: "setenforce 1, and SELINUX=enforcing in /etc/selinux/config."))
        }
    }
}

extension KernelView {
    /// The variable of a parameter that is built in: `module.sig_enforce`. There may be several of its symbol's name.
    func parameter(_ name: String) throws(KernelMemoryError) -> UInt64? {
        guard let start = address(of: "__start___param"), let end = address(of: "__stop___param"),
            let size = size(of: "kernel_param"), size > 0, let nameField = offset(of: "kernel_param.name"),
            let argument = offset(of: "kernel_param.arg"), start < end,
            let table = try memory.bytes(start, Int(end - start))
        else { return nil }
        let starts = Array(stride(from: 0, to: table.count - size + 1, by: size))
        let wanted = Array(name.utf8) + [0]
        let names = try memory.gather(starts.map { table[($0 + nameField)...].littleEndianNumber }, wanted.count)
        guard let index = names.firstIndex(of: wanted) else { return nil }
        return table[(starts[index] + argument)...].littleEndianNumber
    }
}
