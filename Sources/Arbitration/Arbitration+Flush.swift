// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// Dropping verdicts that were kept.
extension Arbitration {
    /// Drops what is kept of the scope. What is asked at this moment isn't kept either: its answers may be about what was.
    public mutating func flush(_ scope: FlushScope, _ reason: FlushReason, now: UInt64) -> [ArbitrationAction] {
        var actions = advance(now)
        flush(scope, reason, &actions)
        return actions
    }

    mutating func flush(_ scope: FlushScope, _ reason: FlushReason, _ actions: inout [ArbitrationAction]) {
        var count = 0
        switch scope {
        case .file(let file):
            for name in vendors.keys { count += vendors[name]?.cache.flush(file, reason) ?? 0 }
            for id in onInode.removeValue(forKey: InodeKey(file)) ?? [] { pending[id]?.content = nil }
            actions.append(.forget(scope, why: reason))
        case .vendor(let name):
            count = flush(vendor: name, reason)
            actions.append(.forget(.everything, why: reason))
        case .everything:
            for name in vendors.keys { count += flush(vendor: name, reason) }
            epoch += 1
            actions.append(.forget(.everything, why: reason))
        }
        if count > 0 { actions.append(.report(.flushed(scope, why: reason, verdicts: count))) }
    }

    private mutating func flush(vendor: String, _ reason: FlushReason) -> Int {
        epoch += 1
        vendors[vendor]?.generation = epoch
        return vendors[vendor]?.cache.flushAll(reason) ?? 0
    }
}
