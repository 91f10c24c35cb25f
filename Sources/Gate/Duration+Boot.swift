// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// In the unit of `Clock.boot`: nanoseconds; nothing below zero, and at most 292 years.
    var boot: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (whole, overflows) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return overflows ? UInt64.max / 2 : min(UInt64.max / 2, whole + UInt64(attoseconds / 1_000_000_000))
    }
}
