// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// What a rule comes to where something isn't known, or nobody can be asked.
extension Rule {
    /// What the rule does where nobody is asked: a rule that asks does what it would do when no answer comes in time. So
    /// it is on machines that can hold nothing, and in policies in audit mode.
    var settledAction: Fallback {
        switch action {
        case .allow: .allow
        case .deny: .deny
        case .ask: onTimeout ?? .deny
        }
    }

    /// Whether what isn't known is held against the attempt: then a condition that can't be judged holds.
    var leansToDeny: Bool { action != .allow }

    /// Whether it can't be told of a held operation whether the rule matches it.
    func isUnsureWhenHeld(in policy: Policy) -> Bool {
        (fieldConditions + (policy.scope.map { $0.all + $0.not } ?? [])).contains {
            !Field.knownWhenHeld.contains($0.field)
        }
    }

    /// Whether a condition on a digest that isn't known holds, as it stands or inverted.
    var holdsWithoutDigest: Bool { leansToDeny == (unknownDigest == .deny) }
}

extension Policy {
    /// Evaluated by rank: the platform's own 0, the site 1, vendors 2.
    var tier: UInt8 { vendor == "site" ? 1 : 2 }
}
