// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import LinuxSystem
import Synchronization

/// `monitor`: whether the monitor itself was stopped, starved or killed for longer than it has promised, by what the kernel's
/// watchdog has recorded.
///
/// A lapse is a violation for ten minutes: whatever was done meanwhile has been looked for since. Proved by stopping the monitor
/// (`integrity-lab watchdog`).
public final class MonitorCheck: IntegrityCheck {
    public let name = Watchdog.checkName
    public let covers = "The monitor itself: whether it was stopped or starved for longer than it has promised."
    public let pace = CheckPace.fast

    private static let kept: UInt64 = 600_000_000_000

    private let watchdog: Watchdog
    private let lapses = Mutex<[(lapse: Watchdog.Lapse, taken: UInt64)]>([])

    public init(_ watchdog: Watchdog) { self.watchdog = watchdog }

    public func look(at kernel: KernelView) -> CheckResult {
        let now = Clock.awake()
        let fresh = watchdog.takeLapses()
        let recent = lapses.withLock { lapses in
            lapses.removeAll { now - $0.taken > Self.kept }
            lapses += fresh.map { ($0, now) }
            return lapses.map(\.lapse)
        }
        var result = CheckResult()
        result.extent = "\(watchdog.lapses) lapses since the machine was started"
        if !watchdog.isRunning { result.gaps.append("the kernel's watchdog over the monitor doesn't run") }
        result.observations = recent.map { lapse in
            Observation(
                .violation, subject: "\(lapse.from / 1_000_000_000) s after the start", summary: lapse.summary,
                advice:
                    "Find out who stopped or starved sallyportd then: its log, and the events of signals to it, say more."
            )
        }
        return result
    }
}
