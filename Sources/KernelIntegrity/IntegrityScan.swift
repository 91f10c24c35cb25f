// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import LinuxSystem

/// Runs a check so that what changes while it is looked at isn't called a violation.
public struct IntegrityScan: Sendable {
    /// Milliseconds from one look to the next until a violation counts. Most of what the kernel does takes microseconds;
    /// switching a static call that thousands of places have (the model of preemption) takes seconds under emulation.
    static let pauses = [40, 160, 640]
    /// How often a violation has to be seen, one look after another.
    public static let looks = pauses.count + 1

    private let kernel: KernelView

    public init(_ kernel: KernelView) { self.kernel = kernel }

    /// Looks, and again while there is a violation that isn't known: what remains was seen in each look.
    ///
    /// - Parameter isKnown: whether a violation was found by an earlier scan, so that it needn't be made sure of.
    public func run(
        _ check: some IntegrityCheck, isKnown: (Observation.Identity) -> Bool = { _ in false }
    ) throws(KernelMemoryError) -> CheckResult {
        var result = try check.look(at: kernel.now())
        for pause in Self.pauses {
            let doubtful = result.observations.filter { $0.severity == .violation && !isKnown($0.identity) }
            if doubtful.isEmpty { break }
            Clock.sleep(microseconds: UInt32(pause * 1000))
            let again = try check.look(at: kernel.now())
            var seen: [Observation.Identity: [Finding.Difference]] = [:]
            for observation in again.observations { seen[observation.identity] = observation.differences }
            // What has vanished, or is something else by now, was of a moment; what has come is for the next scan.
            let vanished = Set(doubtful.filter { seen[$0.identity] != $0.differences }.map(\.identity))
            result.observations.removeAll { vanished.contains($0.identity) }
        }
        return result
    }
}
