// SPDX-License-Identifier: Apache-2.0

public import EndpointModel

/// What policies mean: a plain loop over policies and rules, with the plain matcher. The compiled tables are tested
/// against it, in Swift and in the kernel.
public struct ReferenceEvaluator: Sendable {
    private let tiers: [[Policy]]
    private let accounts: AccountDirectory
    private let asking: Bool
    /// Patterns parsed once.
    private let alternatives: [PathPattern: [[PathPattern.Element]]]
    /// What containers' cgroups look like, written out once.
    private let containers: [ContainerSelector: [PathPattern]]

    /// - Parameter asking: whether rules that ask are asked about; else each does what its `on_timeout` says.
    public init(_ policies: [Policy], accounts: AccountDirectory = AccountDirectory(), asking: Bool = true) {
        self.asking = asking
        tiers = [policies.filter { $0.vendor == "site" }, policies.filter { $0.vendor != "site" }]
        self.accounts = accounts
        var alternatives: [PathPattern: [[PathPattern.Element]]] = [:]
        var containers: [ContainerSelector: [PathPattern]] = [:]
        for policy in policies {
            let scope = policy.scope.map { $0.all + $0.not } ?? []
            for condition in scope + policy.rules.flatMap(\.fieldConditions) {
                if case .container(let selectors) = condition {
                    for selector in selectors where containers[selector] == nil {
                        let patterns = selector.cgroupPatterns
                        containers[selector] = patterns
                        for pattern in patterns { alternatives[pattern] = pattern.alternatives }
                    }
                } else {
                    for pattern in condition.pathList?.patterns ?? [] where alternatives[pattern] == nil {
                        alternatives[pattern] = pattern.alternatives
                    }
                }
            }
        }
        self.alternatives = alternatives
        self.containers = containers
    }

    /// The attempt's object must be of the kind that its operation has.
    ///
    /// - Returns: the verdict and who decided; empty names when no rule concerned the attempt. Where a rule that asks
    ///   decides it is an allow, as in the kernel: the question comes before.
    public func decide(_ attempt: Attempt) -> Decision {
        var decision = Decision(verdict: .allow)
        for tier in tiers {
            var (isSettled, asks) = (false, false)
            for policy in tier {
                guard let rule = policy.rules.first(where: { matches($0, of: policy, attempt) }) else { continue }
                var own = Decision(verdict: .deny, policy: policy.name, rule: rule.name, vendor: policy.vendor)
                if asking, rule.action == .ask, policy.mode == .enforce {
                    isSettled = true
                    own.verdict = .allow
                    if decision.verdict != .audit, !asks { decision = own }
                    asks = true
                    continue
                }
                switch (policy.mode, rule.settledAction) {
                case (.enforce, .deny): return own
                case (.enforce, .allow):
                    isSettled = true
                    own.verdict = .allow
                    if decision.rule.isEmpty { decision = own }
                case (.audit, .deny):
                    own.verdict = .audit
                    if decision.verdict != .audit { decision = own }
                case (.audit, .allow): break
                }
            }
            if isSettled { return decision }
        }
        return decision
    }

    // MARK: One rule

    private func matches(_ rule: Rule, of policy: Policy, _ attempt: Attempt) -> Bool {
        let isOnOperation =
            rule.operations.contains(attempt.operation)
            || attempt.operation == .threadOpen && rule.operations.contains(.processOpen)
        guard isOnOperation,
            rule.access.isEmpty || !attempt.access.isDisjoint(with: rule.access),
            rule.signals.isEmpty || attempt.signal.map(rule.signals.contains) == true,
            rule.mappings.isEmpty || !attempt.mappings.isDisjoint(with: rule.mappings),
            rule.areas.isEmpty || attempt.area.map(rule.areas.contains) == true
        else { return false }
        let subject = { isIn(attempt.subject, $0) }
        guard holds(policy.scope, rule, subject), holds(rule.subject, rule, subject) else { return false }
        switch attempt.object {
        case .none: return rule.object == nil
        case .process(let process): return holds(rule.object, rule) { isIn(process, $0) }
        case .file(let file): return holds(rule.object, rule) { isIn(file, $0) }
        }
    }

    /// Everything in `all` holds and, unless `not` is empty, something in it doesn't.
    private func holds(_ condition: Condition?, _ rule: Rule, _ isInList: (FieldCondition) -> Membership) -> Bool {
        guard let condition else { return true }
        func literal(_ field: FieldCondition, isInverted: Bool) -> Bool {
            switch isInList(field) {
            case .yes: !isInverted
            case .no: isInverted
            case .unknownDigest: rule.holdsWithoutDigest
            case .unknownAncestor: rule.leansToDeny
            }
        }
        guard condition.all.allSatisfy({ literal($0, isInverted: false) }) else { return false }
        return condition.not.isEmpty || condition.not.contains { literal($0, isInverted: true) }
    }

    // MARK: One field

    private enum Membership {
        case yes, no
        /// Whatever is asked, as it stands or inverted, the rule's action decides.
        case unknownDigest, unknownAncestor

        init(_ isInList: Bool) { self = isInList ? .yes : .no }
    }

    private func isIn(_ process: ProcessFacts, _ condition: FieldCondition) -> Membership {
        switch condition {
        case .exe(let list): return Membership(isIn(process.exe, list))
        case .interpreter(let list): return Membership(process.isScript && isIn(process.exe, list))
        case .cgroup(let list): return Membership(isIn(process.cgroup, list))
        case .container(let selectors):
            return Membership(isIn(process.cgroup, PathList(selectors.flatMap { containers[$0] ?? [] })))
        case .ancestor(let list):
            if process.ancestors.contains(where: { isIn($0, list) }) { return .yes }
            return process.hasUnknownAncestors ? .unknownAncestor : .no
        case .user(let list): return Membership(list.contains { accounts.user($0) == process.user })
        case .group(let list):
            return Membership(list.contains { accounts.group($0).map(process.groups.contains) == true })
        case .capability(let list):
            return Membership(list.contains { process.capabilities >> UInt64($0.number) & 1 != 0 })
        case .digest(let list): return process.digest.map { Membership(list.contains($0)) } ?? .unknownDigest
        case .path, .filesystem, .flags, .verity, .vendor: return .no
        }
    }

    private func isIn(_ file: FileFacts, _ condition: FieldCondition) -> Membership {
        switch condition {
        case .path(let list): Membership(isIn(file.path, list))
        case .digest(let list): file.digest.map { Membership(list.contains($0)) } ?? .unknownDigest
        case .verity(let list): Membership(file.verity.map(list.contains) == true)
        case .filesystem(let list): Membership(list.contains(file.filesystem))
        case .flags(let list): Membership(!file.flags.isDisjoint(with: list))
        default: .no
        }
    }

    private func isIn(_ path: ObservedPath, _ list: PathList) -> Bool {
        guard path.unresolvable == nil else { return list.unresolvable }
        return list.patterns.contains { pattern in
            (alternatives[pattern] ?? []).contains { PathPattern.matches($0, path.bytes) }
        }
    }
}
