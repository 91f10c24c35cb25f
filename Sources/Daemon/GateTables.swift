// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyCompiler
import Synchronization

/// The tables that the gate decides by, on machines whose kernel can't.
final class GateTables: Sendable {
    private struct State: Sendable {
        var tables: PolicyTables?
        var generation: UInt64 = 0
        var denied: UInt64 = 0
    }

    private let state = Mutex(State())
    private let inUse: Bool

    /// - Parameter inUse: false where the kernel decides: the tables aren't kept then.
    init(inUse: Bool) {
        self.inUse = inUse
    }

    var denied: UInt64 { state.withLock { $0.denied } }

    func replace(_ tables: PolicyTables, generation: UInt64) {
        guard inUse else { return }
        state.withLock { state in
            state.tables = tables
            state.generation = generation
        }
    }

    /// Decides an execution. Without tables (never after start) it is allowed, as in the kernel.
    func decide(_ attempt: Attempt) -> Decision {
        let (tables, generation) = state.withLock { ($0.tables, $0.generation) }
        guard let tables else { return Decision(verdict: .allow) }
        let (verdict, rule) = tables.decide(attempt)
        if verdict == .deny { state.withLock { $0.denied += 1 } }
        var decision = Decision(verdict: verdict, generation: generation)
        if let rule, rule < tables.names.count {
            decision.policy = tables.names[rule].policy
            decision.rule = tables.names[rule].rule
            decision.vendor = tables.names[rule].vendor
        }
        return decision
    }
}
