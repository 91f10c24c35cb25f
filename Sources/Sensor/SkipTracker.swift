// SPDX-License-Identifier: Apache-2.0

import BPFRuntime
import EndpointModel
import LinuxSystem

/// Runs that the kernel skipped: it doesn't run a program where that is running already, and on preemptible kernels (7.x)
/// one process may have been stopped in the midst of it. The kernel counts these by program.
///
/// What a tracing program would have reported is missing from the stream. That a deciding program was skipped isn't known
/// to happen (since 6.2 the kernel has no such check for them, nor have the later versions of 6.1), but what it would have
/// denied would have passed, and it would have reported nothing.
struct SkipTracker {
    /// What grew between two looks.
    struct Growth {
        /// Reports and decisions that are missing, by operation.
        var byOperation: [Operation: UInt64] = [:]
        /// Decisions that weren't taken, by program.
        var undecided: [String: UInt64] = [:]
    }

    /// How often the kernel is asked about reporters, nanoseconds: three system calls each time.
    static let interval: UInt64 = 100_000_000
    /// How often about deciders: some fifty system calls.
    static let decidersInterval: UInt64 = 1_000_000_000

    private let reporters: [Operation: String]
    private let deciders: [String: Operation]
    private var known: [String: UInt64] = [:]
    private var lastAsked: UInt64 = 0
    private var lastAskedDeciders: UInt64 = 0

    init(reporters: [Operation: String], deciders: [String: Operation]) {
        self.reporters = reporters
        self.deciders = deciders
    }

    /// What grew since the last call; nothing when it isn't time to ask.
    mutating func grown(in kernel: any BPFKernel, now: UInt64 = Clock.boot()) throws(BPFError) -> Growth {
        var growth = Growth()
        if now - lastAsked >= Self.interval {
            lastAsked = now
            for (operation, program) in reporters {
                let count = try grown(program, in: kernel)
                if count > 0 { growth.byOperation[operation, default: 0] += count }
            }
        }
        if now - lastAskedDeciders >= Self.decidersInterval {
            lastAskedDeciders = now
            for (program, operation) in deciders {
                let count = try grown(program, in: kernel)
                guard count > 0 else { continue }
                growth.undecided[program] = count
                growth.byOperation[operation, default: 0] += count
            }
        }
        return growth
    }

    private mutating func grown(_ program: String, in kernel: any BPFKernel) throws(BPFError) -> UInt64 {
        let count = try kernel.skippedRuns(of: program)
        defer { known[program] = count }
        return count > known[program, default: 0] ? count - known[program, default: 0] : 0
    }
}
