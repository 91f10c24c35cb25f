// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import EndpointModel
import Glibc
import LinuxSystem

/// What a tier covers, operation by operation, from the catalogue and from what was loaded.
enum CoverageProbe {
    static func coverage(tier: Tier, reason: String, gateMounts: [String]) -> PolicyCoverage {
        let obstacle = tier == .observe ? nil : obstacleToHolding()
        let report = Coverage(
            tier: tier, reason: reason, kernel: ProcFS.kernelRelease(),
            operations: OperationCatalogue.all.map { cover($0, tier, reason, gateMounts, obstacle) })
        return PolicyCoverage(report: report, missingFields: missingFields(tier))
    }

    private static func cover(
        _ description: OperationDescription, _ tier: Tier, _ reason: String, _ gateMounts: [String],
        _ obstacle: String?
    ) -> OperationCoverage {
        let name = description.operation
        switch tier {
        case .enforce:
            // Every program was loaded, or the tier would be another one.
            return OperationCoverage(
                operation: name, notify: true, deny: description.canDeny,
                ask: description.canAsk && obstacle == nil,
                reason: !description.canDeny
                    ? "can only be observed" : !description.canAsk ? askReason : obstacle ?? places(gateMounts))
        case .gate where name == .processExec:
            return OperationCoverage(
                operation: name, notify: true, deny: true, ask: obstacle == nil,
                reason: "decided through fanotify on the mounts of \(gateMounts.joined(separator: ", ")) only")
        case .gate, .observe:
            // Without BPF LSM only the tracepoints of processes report.
            return OperationCoverage(
                operation: name, notify: name.isReportedByTracepoint, deny: false, ask: false, reason: reason)
        }
    }

    private static func missingFields(_ tier: Tier) -> [Field: String] {
        var missing: [Field: String] = [
            .vendor: "rules can't select agents by vendor yet: name their programs by exe or digest"
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

    /// Empty where everything can be held.
    private static func places(_ gateMounts: [String]) -> String {
        gateMounts.isEmpty ? "" : "asked about on the mounts of \(gateMounts.joined(separator: ", ")) only"
    }

    private static let askReason: String = {
        let askable = OperationCatalogue.all.filter(\.canAsk).map(\.operation.rawValue)
        return "nobody can be asked: only files' executions, loads and opens can be held ("
            + askable.joined(separator: ", ") + ")"
    }()

    /// Why no operation can be held for an answer; `nil` where it can. Nothing is held to find out: the mark is on this
    /// program alone, and says that it isn't asked about.
    private static func obstacleToHolding() -> String? {
        let descriptor = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        do {
            // Kernels without CONFIG_FANOTIFY_ACCESS_PERMISSIONS refuse the mark, not the group.
            try FanotifyGroup().pass([.execution, .open], descriptor)
            return nil
        } catch {
            return "no operation can be held for an answer: fanotify permission events don't work here (\(error))"
        }
    }
}
