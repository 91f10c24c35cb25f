// SPDX-License-Identifier: Apache-2.0

/// What the server has done since it started; a counter has the name of the limit that it watches.
public struct APICounters: Sendable, Hashable {
    /// Connections that are open.
    public var connections = 0
    /// Connections closed because of the limit `connections`.
    public var connectionsRefused: UInt64 = 0
    /// Calls that were admitted.
    public var calls: UInt64 = 0
    /// Calls refused because of who made them (`root-only`).
    public var peersRefused: UInt64 = 0
    /// Calls broken off because of the limits `requests-size`, `message-size` or `policy-size`.
    public var requestsRefused: UInt64 = 0
    /// `Watch` calls that are open.
    public var watches = 0

    public init() {}
}
