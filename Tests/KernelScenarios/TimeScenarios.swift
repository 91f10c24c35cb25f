// SPDX-License-Identifier: Apache-2.0

import CKernelActs
import EndpointModel
import Glibc

/// Processes whose clocks tell another time than the machine's.
enum TimeScenarios {
    /// A hundred days.
    private static let offset: Int64 = 8_640_000

    static let all: [Scenario] = [
        Scenario("in a time namespace acts are decided, and recorded by the machine's own clocks") { lab in
            try await lab.setPolicies([Make.denyTree])
            try expect(acts_exec_in_time(Lab.tiny, offset), 0, "a program that isn't denied")
            let began = (now(CLOCK_BOOTTIME), now(CLOCK_REALTIME))
            try expect(acts_exec_in_time(Lab.deniedProgram, offset), -EPERM, "a denied program")
            let ended = (now(CLOCK_BOOTTIME), now(CLOCK_REALTIME))
            let event = try await lab.expectDenial(.processExec, of: Lab.deniedProgram)
            try require((began.0...ended.0).contains(event.monotonicTime), "its time is \(event.monotonicTime)")
            // The two clocks are read one after the other, by the daemon.
            let wall = began.1 - 1_000_000_000...ended.1 + 1_000_000_000
            try require(wall.contains(event.time), "its time of day is \(event.time), not in \(wall)")
            let start = event.subject.identity.startTime
            try require((began.0...ended.0).contains(start), "its process started at \(start)")
            try await lab.setPolicies([])
        }
    ]

    private static func now(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
