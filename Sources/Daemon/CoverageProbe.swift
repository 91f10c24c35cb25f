// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import EndpointModel
import LinuxSystem

/// What a tier covers, operation by operation, from the catalogue and from what was loaded.
enum CoverageProbe {
    static func coverage(tier: Tier, reason: String, gateMounts: [String]) -> PolicyCoverage {
        let report = Coverage(
            tier: tier, reason: reason, kernel: ProcFS.kernelRelease(),
            operations: OperationCatalogue.all.map { cover($0, tier, reason, gateMounts) })
        return PolicyCoverage(report: report, missingFields: missingFields(tier))
    }

    private static func cover(
        _ description: OperationDescription, _ tier: Tier, _ reason: String, _ gateMounts: [String]
    ) -> OperationCoverage {
        let name = description.operation
        switch tier {
        case .enforce:
            // Every program was loaded, or the tier would be another one.
            return OperationCoverage(
                operation: name, notify: true, deny: description.canDeny, ask: false,
                reason: description.canDeny ? askReason : "can only be observed")
        case .gate where name == .processExec:
            return OperationCoverage(
                operation: name, notify: true, deny: true, ask: false,
                reason: "decided through fanotify on the mounts of \(gateMounts.joined(separator: ", ")) only")
        case .gate, .observe:
            // Without BPF LSM only the tracepoints of processes report.
            return OperationCoverage(
                operation: name, notify: name.isReportedByTracepoint, deny: false, ask: false, reason: reason)
        }
    }

    private static func missingFields(_ tier: Tier) -> [Field: String] {
        var missing: [Field: String] = [
            .vendor: "no vendors are registered: that comes with the registration of agents, in a later version"
        ]
        if !BPFObject.kernelHasFunction("bpf_get_fsverity_digest") {
            missing[.verity] = "kernels before 6.8 don't tell fs-verity digests to programs: use digest"
        }
        if tier == .enforce { return missing }
        for field in Field.allCases where field != .exe && field != .path {
            missing[field] = "at tier \(tier.rawValue) only paths are known"
        }
        return missing
    }

    private static let askReason = "this version asks no one: verdicts come from policies only"
}
