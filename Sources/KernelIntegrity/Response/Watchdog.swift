// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import KernelABI
import KernelPrograms
import LinuxSystem

/// The kernel's watchdog over the monitor: it records when the monitor gives no sign for longer than it has promised, whether it
/// was stopped, starved or killed, and may switch isolation on.
///
/// It goes on without this process, and a later one finds what it has recorded. Its clock stands still while the machine is
/// suspended. A lapse is noticed a quarter of the maximum after it began at the latest.
public struct Watchdog: Sendable {
    /// The name of the findings that are made of lapses.
    public static let checkName = "monitor"

    /// A time in which the monitor gave no sign though it had promised one.
    public struct Lapse: Hashable, Sendable {
        /// From the last sign to the next one, nanoseconds.
        public var nanoseconds: UInt64
        /// The last sign, nanoseconds of CLOCK_MONOTONIC.
        public var from: UInt64

        /// For people.
        public var summary: String { "the monitor was stopped or starved for \(nanoseconds / 1_000_000_000) s" }
    }

    private let kernel: ResponseKernel

    public init(_ kernel: ResponseKernel) { self.kernel = kernel }

    /// Starts it, or goes on with the one that is there; it takes the place of a sign.
    ///
    /// - Parameters:
    ///   - maximum: the longest time between two signs, at least 100 ms.
    ///   - isolates: whether the kernel switches isolation on at a lapse; it needs `ResponseKernel.canIsolate`.
    /// - Throws: where the kernel doesn't start its timer. Nothing watches the monitor then.
    public func start(maximum: Duration, isolates: Bool = false) throws(ResponseFailure) {
        let words = kernel.words
        let parts = maximum.components
        let nanoseconds =
            UInt64(max(0, parts.seconds)) * 1_000_000_000 + UInt64(max(0, parts.attoseconds / 1_000_000_000))
        words.pointee.maximum = max(100_000_000, nanoseconds)
        words.pointee.period = words.pointee.maximum / 4
        words.pointee.isolate_when_late = isolates ? 1 : 0
        beat()
        words.pointee.watching = 1
        let started: Bool
        do throws(BPFError) { started = try kernel.run(.startWatchdog) } catch {
            throw ResponseFailure("the kernel's watchdog can't be started: \(error)")
        }
        guard started else { throw ResponseFailure("the kernel doesn't start its timer for the watchdog") }
    }

    /// Gives a sign: a store to memory. To be called when work is done, not by a thread of its own.
    public func beat() {
        let words = kernel.words
        let now = Clock.awake()
        let last = words.pointee.beat
        // Where the kernel's timer was kept from running too.
        if words.pointee.watching != 0, now &- last > words.pointee.maximum {
            words.pointee.gap = sp_lapse(from: last, until: now)
        }
        words.pointee.beat = now
    }

    /// Lapses that have ended and haven't been taken before, by whatever process; the last sixteen are kept.
    public func takeLapses() -> [Lapse] {
        let gap = takeGap()
        return takeRecorded() + gap
    }

    /// What this side noticed and the kernel didn't.
    private func takeGap() -> [Lapse] {
        let words = kernel.words
        let gap = words.pointee.gap
        guard gap.until != 0 else { return [] }
        words.pointee.gap = sp_lapse(from: 0, until: 0)
        let isRecorded = withUnsafeBytes(of: &words.pointee.lapse) { bytes in
            bytes.bindMemory(to: sp_lapse.self).contains { $0.from == gap.from && $0.until != 0 }
        }
        return isRecorded ? [] : [Lapse(nanoseconds: gap.until - gap.from, from: gap.from)]
    }

    private func takeRecorded() -> [Lapse] {
        let words = kernel.words
        let count = words.pointee.lapses
        // The last one goes on: it is told when it has ended.
        let ended = words.pointee.late != 0 && count > 0 ? count - 1 : count
        let first = max(words.pointee.reported, ended > UInt64(SP_LAPSES) ? ended - UInt64(SP_LAPSES) : 0)
        guard first < ended else { return [] }
        let lapses = withUnsafeBytes(of: &words.pointee.lapse) { bytes in
            (first..<ended).map { number in
                let at = Int(number % UInt64(SP_LAPSES)) * MemoryLayout<sp_lapse>.stride
                let lapse = bytes.loadUnaligned(fromByteOffset: at, as: sp_lapse.self)
                return Lapse(nanoseconds: lapse.until &- lapse.from, from: lapse.from)
            }
        }
        words.pointee.reported = ended
        return lapses
    }

    /// All lapses that the kernel has recorded since its watchdog was first started.
    public var lapses: UInt64 { kernel.words.pointee.lapses }

    /// The longest of them, nanoseconds; how far one that goes on has got.
    public var longest: UInt64 { kernel.words.pointee.longest }

    /// Whether the kernel has looked lately: false where its timer has stopped.
    public var isRunning: Bool {
        let words = kernel.words
        return words.pointee.watching != 0 && Clock.awake() &- words.pointee.looked < 4 * words.pointee.period
    }

    /// Ends it, for a daemon that ends as it should.
    public func stop() throws(ResponseFailure) {
        guard !kernel.isSealed else { throw ResponseKernel.sealed("the watchdog goes on") }
        kernel.words.pointee.watching = 0
    }
}
