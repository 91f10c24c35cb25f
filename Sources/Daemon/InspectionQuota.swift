// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// How much of the kernel each caller has read lately. Pure.
struct InspectionQuota: Sendable {
    /// Bytes in a minute.
    static let perMinute: UInt64 = 64 << 20
    /// What a read counts at least: each takes a look at the kernel's lists, and a line of the log.
    static let perRead: UInt64 = 64 << 10
    private static let minute: UInt64 = 60_000_000_000

    /// By name; the site's isn't a vendor's that has called itself so.
    private var used: [String: (since: UInt64, amount: UInt64)] = [:]

    /// - Parameter now: nanoseconds.
    mutating func take(_ amount: UInt64, of caller: CallerIdentity, at now: UInt64) throws(PlatformError) {
        let key = caller == .site ? "" : caller.name
        let amount = max(amount, Self.perRead)
        used = used.filter { now - $0.value.since < Self.minute }
        let (since, taken) = used[key] ?? (now, 0)
        guard amount <= Self.perMinute - taken else {
            throw PlatformError(
                .inspectionQuota,
                "'\(caller.name)' has read \(taken) of \(Self.perMinute) bytes of the kernel in this minute: try again in"
                    + " \((Self.minute - (now - since)) / 1_000_000_000 + 1) s")
        }
        used[key] = (since, taken + amount)
    }
}
