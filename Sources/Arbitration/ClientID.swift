// SPDX-License-Identifier: Apache-2.0

/// One connection of an agent. Whoever accepts connections hands numbers out, and none of them twice.
public struct ClientID: RawRepresentable, Hashable, Sendable, Comparable {
    public var rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static func < (first: ClientID, second: ClientID) -> Bool { first.rawValue < second.rawValue }
}
