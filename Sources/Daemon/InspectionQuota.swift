// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// How much of the kernel each caller has read lately. Pure.
struct InspectionQuota: Sendable {
    /// Bytes, or entries of tables, in a minute.
    static let perMinute: UInt64 = 64 << 20
    private static let minute: UInt64 = 60_000_000_000

    private var used: [String: (since: UInt64, amount: UInt64)] = [:]

    /// - Parameter now: nanoseconds.
    mutating func take(_ amount: UInt64, of caller: String, at now: UInt64) throws(PlatformError) {
        used = used.filter { now - $0.value.since < Self.minute }
        let (since, taken) = used[caller] ?? (now, 0)
        guard amount <= Self.perMinute - taken else {
            throw PlatformError(
                .inspectionQuota,
                "'\(caller)' has read \(taken) of \(Self.perMinute) bytes of the kernel in this minute: try again in"
                    + " \((Self.minute - (now - since)) / 1_000_000_000 + 1) s")
        }
        used[caller] = (since, taken + amount)
    }
}
