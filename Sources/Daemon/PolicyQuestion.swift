// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// A rule of the policies in force that asks about a held operation.
struct PolicyQuestion: Sendable {
    /// Its clause, in this generation of the tables.
    var number: UInt32
    var generation: UInt64
    var policy: String
    var rule: String
    /// Nanoseconds.
    var timeout: UInt64
    var fallback: Rule.Fallback
}
