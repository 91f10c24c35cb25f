// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

extension PolicyTables {
    /// What a clause that asks says of its question.
    public struct Asking: Hashable, Sendable {
        /// How long is waited for an answer, milliseconds.
        public var timeoutMilliseconds: UInt32
        /// What becomes of the attempt without one.
        public var onTimeout: EndpointModel.Rule.Fallback
    }

    /// Whether nothing but paths has to be known of a held operation to tell who is asked about it.
    public var asksForPathsOnly: Bool {
        used.isDisjoint(with: [.cgroup(.subject), .container(.subject), .user(.subject), .lists(.subject)])
    }

    /// Which clause asks about an attempt that is held, for a file's operation, by what can be told of it then (see
    /// ``Field/knownWhenHeld``).
    ///
    /// Where other rules ask for more (a digest, say), their part is not known: then it is asked rather than not. The
    /// kernel, which knows all, decides after the answer; so what it denies needs no question, and is `nil`.
    ///
    /// - Returns: the number of the clause; `nil` where nobody has to be asked.
    public func question(on attempt: Attempt) -> Int? {
        guard !asking.isEmpty, operations >> attempt.operation.kernelNumber & 1 != 0 else { return nil }
        var tier = QuestionedTier()
        var policy = QuestionedPolicy()
        let matching = possible(attempt)
        for word in matching.indices {
            var current = matching[word]
            while current != 0 {
                let number = word * 64 + current.trailingZeroBitCount
                current &= current - 1
                let rule = rules[number]
                if rule.policyEnd != policy.end {
                    tier.add(policy)
                    if tier.isDenied { return nil }
                    if rule.tier != tier.number {
                        if tier.isSettled || tier.asks != nil { return tier.asks }
                        tier = QuestionedTier(number: rule.tier)
                    }
                    policy = QuestionedPolicy(end: rule.policyEnd)
                }
                policy.add(Action(rawValue: rule.action), number, isSure: !unsure[number])
            }
        }
        tier.add(policy)
        return tier.isDenied ? nil : tier.asks
    }

    mutating func takeQuestions(_ clauses: Clauses) {
        unsure = clauses.entries.map(\.isUnsure)
        for (number, entry) in clauses.entries.enumerated() where entry.table.action == Action.ask.rawValue {
            let rule = entry.rule
            asking[number] = Asking(
                timeoutMilliseconds: rule.timeoutMilliseconds ?? EndpointModel.Rule.defaultTimeoutMilliseconds,
                // It is there: `PolicyCheck` has refused what lacks it.
                onTimeout: rule.onTimeout ?? .deny)
            heldOperations.formUnion(rule.operations)
            if rule.operations.contains(.fileOpen) {
                heldAccess.formUnion(rule.access.isEmpty ? [.read, .write] : Set(rule.access))
            }
        }
    }
}

/// What one policy may come to, up to the first of its clauses that surely matches.
private struct QuestionedPolicy {
    /// As its clauses have it; 0 is none.
    var end: UInt32 = 0
    private(set) var asks: Int?
    private(set) var isSure = false
    private(set) var onlyDenies = true
    /// Whether whatever it comes to ends the tier.
    private(set) var isFinal = true

    mutating func add(_ action: PolicyTables.Action?, _ number: Int, isSure: Bool) {
        // Its first match has decided.
        guard !self.isSure else { return }
        if action != .deny { onlyDenies = false }
        switch action {
        case .ask: if asks == nil { asks = number }
        case .allow, .deny: break
        case .audit, .pass, nil: isFinal = false
        }
        self.isSure = isSure
    }
}

/// What the policies of one rank may come to together.
private struct QuestionedTier {
    var number: UInt8 = 0
    private(set) var asks: Int?
    private(set) var isDenied = false
    private(set) var isSettled = false

    mutating func add(_ policy: QuestionedPolicy) {
        if asks == nil { asks = policy.asks }
        guard policy.end != 0, policy.isSure else { return }
        if policy.onlyDenies { isDenied = true }
        if policy.isFinal { isSettled = true }
    }
}
