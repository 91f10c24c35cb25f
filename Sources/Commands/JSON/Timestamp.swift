// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A point in time, nanoseconds since 1970-01-01 UTC, as text.
package struct Timestamp: Hashable, Sendable {
    package var nanoseconds: UInt64

    package init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    private var seconds: time_t { time_t(nanoseconds / 1_000_000_000) }
    private var fraction: UInt64 { nanoseconds % 1_000_000_000 }

    /// RFC 3339 in UTC with all nine digits: `2026-07-30T14:53:09.123456789Z`.
    package var rfc3339: String {
        var fields = tm()
        var seconds = seconds
        gmtime_r(&seconds, &fields)
        return "\(Self.date(fields))T\(Self.clock(fields)).\(Self.digits(fraction, 9))Z"
    }

    /// The local time of day: `14:53:09.123`, or without the fraction.
    package func localClock(milliseconds: Bool) -> String {
        let clock = Self.clock(localFields)
        return milliseconds ? "\(clock).\(Self.digits(fraction / 1_000_000, 3))" : clock
    }

    /// The local date and time: `2026-07-30 14:53:09`.
    package var local: String { "\(Self.date(localFields)) \(Self.clock(localFields))" }

    private var localFields: tm {
        var fields = tm()
        var seconds = seconds
        localtime_r(&seconds, &fields)
        return fields
    }

    private static func date(_ fields: tm) -> String {
        "\(digits(fields.tm_year + 1900, 4))-\(digits(fields.tm_mon + 1, 2))-\(digits(fields.tm_mday, 2))"
    }

    private static func clock(_ fields: tm) -> String {
        "\(digits(fields.tm_hour, 2)):\(digits(fields.tm_min, 2)):\(digits(fields.tm_sec, 2))"
    }

    private static func digits(_ value: some BinaryInteger, _ count: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
