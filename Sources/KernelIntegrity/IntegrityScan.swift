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

    /// A scan under way, which has looked once at least.
    struct Progress {
        var result: CheckResult
        var looks = 1
        /// When it has to look again, nanoseconds of `Clock.boot`; `nil` when what is left of the result counts.
        var next: UInt64?
        /// The longest look, nanoseconds.
        var longestLook: UInt64
    }

    /// Tells of a violation that was found by an earlier scan, so that it needn't be made sure of.
    public typealias IsKnown = (Observation.Identity) -> Bool

    /// Looks, and again while there is a violation that isn't known: what remains was seen in each look.
    public func run(
        _ check: some IntegrityCheck, isKnown: IsKnown = { _ in false }
    ) throws(KernelMemoryError) -> CheckResult {
        var progress = try begin(check, isKnown: isKnown)
        while let next = progress.next {
            let now = Clock.boot()
            if next > now { Clock.sleep(microseconds: UInt32((next - now) / 1000 + 1)) }
            try goOn(&progress, check, isKnown: isKnown)
        }
        return progress.result
    }

    /// The first look.
    func begin(_ check: some IntegrityCheck, isKnown: IsKnown) throws(KernelMemoryError) -> Progress {
        let begin = Clock.boot()
        let result = try check.look(at: kernel.now())
        let now = Clock.boot()
        var progress = Progress(result: result, longestLook: now - begin)
        progress.next = next(progress, at: now, isKnown)
        return progress
    }

    /// The next look, once it is time for it.
    func goOn(_ progress: inout Progress, _ check: some IntegrityCheck, isKnown: IsKnown) throws(KernelMemoryError) {
        let begin = Clock.boot()
        let again = try check.look(at: kernel.now())
        let now = Clock.boot()
        var seen: [Observation.Identity: [Finding.Difference]] = [:]
        for observation in again.observations { seen[observation.identity] = observation.differences }
        // What has vanished, or is something else by now, was of a moment; what has come is for the next scan.
        let vanished = Set(
            Self.doubtful(in: progress.result, isKnown).filter { seen[$0.identity] != $0.differences }.map(\.identity))
        progress.result.observations.removeAll { vanished.contains($0.identity) }
        progress.looks += 1
        progress.longestLook = max(progress.longestLook, now - begin)
        progress.next = next(progress, at: now, isKnown)
    }

    private static func doubtful(in result: CheckResult, _ isKnown: IsKnown) -> [Observation] {
        result.observations.filter { $0.severity == .violation && !isKnown($0.identity) }
    }

    private func next(_ progress: Progress, at now: UInt64, _ isKnown: IsKnown) -> UInt64? {
        guard progress.looks < Self.looks, !Self.doubtful(in: progress.result, isKnown).isEmpty else { return nil }
        return now + UInt64(Self.pauses[progress.looks - 1]) * 1_000_000
    }
}
