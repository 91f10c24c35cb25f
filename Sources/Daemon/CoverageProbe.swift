// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import LinuxSystem

/// What a tier covers, operation by operation, from the catalogue.
enum CoverageProbe {
    static func coverage(tier: Tier, reason: String, gateMounts: [String]) -> Coverage {
        Coverage(
            tier: tier, reason: reason, kernel: ProcFS.kernelRelease(),
            operations: OperationCatalogue.all.map { cover($0, tier, reason, gateMounts) })
    }

    private static func cover(
        _ description: OperationDescription, _ tier: Tier, _ reason: String, _ gateMounts: [String]
    ) -> OperationCoverage {
        let name = description.operation
        switch tier {
        case .enforce:
            return OperationCoverage(
                operation: name, notify: true, deny: description.canDeny, ask: false,
                reason: description.canDeny ? askReason : "can only be observed")
        case .gate where description.canGate:
            return OperationCoverage(
                operation: name, notify: true, deny: true, ask: false,
                reason: "decided through fanotify on the mounts of \(gateMounts.joined(separator: ", ")) only")
        case .gate, .observe:
            // Without BPF LSM only the tracepoints of processes report.
            let notify = name != .imageLoad
            return OperationCoverage(operation: name, notify: notify, deny: false, ask: false, reason: reason)
        }
    }

    private static let askReason = "this version asks no one: verdicts come from policies only"
}
