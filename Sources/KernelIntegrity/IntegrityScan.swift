// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import LinuxSystem

/// Runs a check so that what changes while it is looked at isn't called a violation.
public struct IntegrityScan: Sendable {
    /// How often a violation has to be seen, one look after another.
    public static let looks = 3
    /// Milliseconds between them: the kernel patches a place, and links an object, in far less.
    public static let pause = 40

    private let kernel: KernelView

    public init(_ kernel: KernelView) { self.kernel = kernel }

    /// Looks, and again while there is a violation that isn't known: what remains was seen in each look.
    ///
    /// - Parameter isKnown: whether a violation was found by an earlier scan, so that it needn't be made sure of.
    public func run(
        _ check: some IntegrityCheck, isKnown: (Observation.Identity) -> Bool = { _ in false }
    ) throws(KernelMemoryError) -> CheckResult {
        var result = try check.look(at: kernel.now())
        for _ in 1..<Self.looks {
            let doubtful = Set(
                result.observations.filter { $0.severity == .violation && !isKnown($0.identity) }.map(\.identity))
            if doubtful.isEmpty { break }
            Clock.sleep(microseconds: UInt32(Self.pause * 1000))
            let again = try check.look(at: kernel.now())
            let seen = Set(again.observations.map(\.identity))
            // What has vanished was of a moment; what has come is for the next scan to make sure of.
            result.observations.removeAll { doubtful.contains($0.identity) && !seen.contains($0.identity) }
        }
        return result
    }
}
