// SPDX-License-Identifier: Apache-2.0

package import GRPCCore

/// How an agent is served beyond the plan: what checks of agents need and a replay for its own sake doesn't.
package struct ReplayTerms: Sendable {
    /// What the agent is waited for to have open, at first and after a crash; empty is any call.
    package var expected: AgentCalls = []
    /// Whether questions leave the time that the agent declared, in the proportion that theirs has to a second.
    package var asDeclared = false
    /// Whether the agent has ended, so that nobody waits for it.
    package var isGone: @Sendable () -> Bool = { false }
    /// Called when all was sent and answered, while the agent is still served.
    package var atEnd: @Sendable () async -> Void = {}
    /// What stands between the services and the agent's socket.
    package var interceptors: [any ServerInterceptor] = []

    package init() {}
}
