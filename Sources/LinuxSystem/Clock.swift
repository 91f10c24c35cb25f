// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The two clocks that events carry, and one that stands still while the machine is suspended.
public enum Clock {
    /// Nanoseconds since 1970-01-01 UTC (CLOCK_REALTIME).
    public static func wall() -> UInt64 { read(CLOCK_REALTIME) }

    /// Nanoseconds since boot, suspend included (CLOCK_BOOTTIME).
    public static func boot() -> UInt64 { read(CLOCK_BOOTTIME) }

    /// Nanoseconds since boot, suspend left out (CLOCK_MONOTONIC).
    public static func awake() -> UInt64 { read(CLOCK_MONOTONIC) }

    /// Holds the calling thread up, less when a signal arrives.
    public static func sleep(microseconds: UInt32) { usleep(microseconds) }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
