// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// `kprobes`: each kprobe is the kernel's own doing, for tracefs, perf or BPF, or a listed module's and not at a system call.
///
/// A return probe counts by what is called when the function ends. Limits: a module's probe elsewhere than at a function of
/// system calls is explained and no violation: tools do that. Fixture: `syscall_kprobe`.
public struct KprobesCheck: IntegrityCheck {
    public let name = "kprobes"
    public let covers = "Each kprobe: whose it is, and whether a module's is at a system call."
    public let pace = CheckPace.fast

    public init() {}

    public func look(at kernel: KernelView) throws(KernelMemoryError) -> CheckResult {
        var result = CheckResult()
        guard kernel.address(of: "kprobe_table") != nil, kernel.offset(of: "kprobe.pre_handler") != nil else {
            result.gaps.append("this kernel has no kprobes")
            return result
        }
        let probes = try kernel.facts.probes()
        for probe in probes { try judge(probe, kernel, &result) }
        if let disarmed = kernel.address(of: "kprobes_all_disarmed"),
            try kernel.memory.bytes(disarmed, 1).map({ $0[0] != 0 }) ?? false
        {
            result.observations.append(
                Observation(
                    .weakness, subject: "kprobes_all_disarmed",
                    summary: "kprobes are disarmed: whoever relies on them sees nothing",
                    advice: "Write 1 to /sys/kernel/debug/kprobes/enabled."))
        }
        result.extent = "\(probes.count) probes"
        return result
    }

    private func judge(
        _ probe: KernelProbe, _ kernel: KernelView, _ result: inout CheckResult
    ) throws(KernelMemoryError) {
        let user = try kernel.user(of: probe)
        let place = kernel.name(probe.address)
        switch user {
        case .several: break
        case .event, .kernel:
            result.observations.append(
                Observation(
                    .explained, subject: "\(place): \(user.name)", summary: "\(user.name) is at \(place)",
                    attribution: "kprobe \(place) by \(user.name)"))
        case .module(let module, let handler):
            guard KernelView.makesSystemCalls(kernel.place(probe.address).symbol) else {
                result.observations.append(
                    Observation(
                        .explained, subject: "\(place): \(user.name)", summary: "module \(module) probes \(place)",
                        attribution: "kprobe \(place) by module \(module)",
                        advice: "Unload the module if it has no business there."))
                return
            }
            result.observations.append(
                violation(
                    place, handler, kernel, "module \(module) probes \(place), by which system calls are made"))
        case .nobody(let handler):
            result.observations.append(
                violation(place, handler, kernel, "a probe at \(place) calls code that belongs to nobody"))
        }
    }

    private func violation(
        _ subject: String, _ handler: UInt64, _ kernel: KernelView, _ summary: String
    ) -> Observation {
        let place = kernel.place(handler)
        return Observation(
            .violation, subject: subject, summary: summary, advice: Observation.distrust,
            differences: [
                Finding.Difference(
                    symbol: place.symbol, offset: place.offset, expected: [], found: KernelView.bytes(handler))
            ])
    }
}
