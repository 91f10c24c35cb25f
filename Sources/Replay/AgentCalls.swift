// SPDX-License-Identifier: Apache-2.0

/// What an agent has open at the platform.
public struct AgentCalls: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `Events.Watch`.
    public static let watch = AgentCalls(rawValue: 1)
    /// `Authorizer.Authorize`.
    public static let authorise = AgentCalls(rawValue: 2)
}
