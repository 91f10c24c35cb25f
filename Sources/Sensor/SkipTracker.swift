// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import EndpointModel
import LinuxSystem

/// Reports that the kernel skipped: a tracing program isn't run where it is running already, and on preemptible kernels
/// (7.x) one process may have been stopped in the midst of it. The kernel counts these by program.
struct SkipTracker {
    /// How often the kernel is asked, nanoseconds: three system calls each time.
    static let interval: UInt64 = 100_000_000

    private let reporters: [Operation: String]
    private var known: [Operation: UInt64] = [:]
    private var lastAsked: UInt64 = 0

    init(reporters: [Operation: String]) {
        self.reporters = reporters
    }

    /// How many more by operation since the last call; empty when it isn't time to ask.
    mutating func grown(in kernel: any BPFKernel) throws(BPFError) -> [Operation: UInt64] {
        let now = Clock.boot()
        guard now - lastAsked >= Self.interval else { return [:] }
        lastAsked = now
        var grown: [Operation: UInt64] = [:]
        for (operation, program) in reporters {
            let count = try kernel.skippedRuns(of: program)
            if count > known[operation, default: 0] { grown[operation] = count - known[operation, default: 0] }
            known[operation] = count
        }
        return grown
    }
}
