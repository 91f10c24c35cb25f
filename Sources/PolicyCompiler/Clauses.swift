// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// The rules of all policies in evaluation order, as clauses: conjunctions of literals, each on a numbered list.
///
/// A rule whose `not` groups have one field each is one clause. "Not everything of this group holds" is a disjunction:
/// such a rule becomes a clause for each choice of one inverted field of every group, one beside the other.
///
/// Order: the site's policies before vendors', policies as they were handed in, rules as they were written. The first
/// set bit of an intersection of sets is then the clause that comes first.
struct Clauses {
    struct Entry {
        var rule: Rule
        var table: PolicyTables.Rule
        var name: PolicyTables.Name
        /// Whether it has a condition on what can't be told of a held operation.
        var isUnsure: Bool
    }

    private(set) var entries: [Entry] = []
    private(set) var lists = NumberedLists()
    private var literals = [ClauseLiterals](repeating: ClauseLiterals(), count: Dimension.allCases.count)
    private let accounts: AccountDirectory
    private let asking: Bool

    var count: Int { entries.count }

    subscript(dimension: Dimension) -> ClauseLiterals { literals[dimension.rawValue] }

    /// - Throws: `.invalid` where a policy names an account that `accounts` doesn't know; `.limit` beyond `limit` clauses.
    init(
        _ policies: [Policy], accounts: AccountDirectory, limit: Int, asking: Bool
    ) throws(PolicyCompilerError) {
        self.accounts = accounts
        self.asking = asking
        let count = Self.count(policies)
        guard count <= limit else { throw .limit(.rules, allowed: limit, reached: count) }
        entries.reserveCapacity(count)
        for tier in UInt8(1)...2 {
            for policy in policies where policy.tier == tier { try append(policy) }
        }
    }

    /// The number of clauses: each group has each field once, so a rule is at most some hundreds.
    private static func count(_ policies: [Policy]) -> Int {
        var count = 0
        for policy in policies {
            for rule in policy.rules {
                count += [policy.scope, rule.subject, rule.object].reduce(1) { $0 * max(1, $1?.not.count ?? 1) }
            }
        }
        return count
    }

    private mutating func append(_ policy: Policy) throws(PolicyCompilerError) {
        let first = entries.count
        let scope = try conjuncts(policy.scope, .subject, (policy.name, "", [:]))
        for rule in policy.rules {
            let owner = (policy: policy.name, rule: rule.name, digests: Self.digestDimensions(of: rule))
            let subject = try conjuncts(rule.subject, .subject, owner)
            let object = try conjuncts(rule.object, .object, owner)
            let always = scope.all + subject.all + object.all + numbers(of: rule)
            let entry = Entry(
                rule: rule,
                table: PolicyTables.Rule(action: action(of: rule, in: policy).rawValue, tier: policy.tier),
                name: PolicyTables.Name(policy: policy.name, rule: rule.name, vendor: policy.vendor),
                isUnsure: rule.isUnsureWhenHeld(in: policy))
            for scopeChoice in scope.choices {
                for subjectChoice in subject.choices {
                    for objectChoice in object.choices {
                        for placed in always + scopeChoice + subjectChoice + objectChoice {
                            literals[placed.dimension.rawValue].insert(placed.literal, clause: entries.count)
                        }
                        entries.append(entry)
                    }
                }
            }
        }
        for number in first..<entries.count { entries[number].table.policyEnd = UInt32(entries.count) }
    }

    private func action(of rule: Rule, in policy: Policy) -> PolicyTables.Action {
        if asking, rule.action == .ask, policy.mode == .enforce { return .ask }
        return switch (rule.settledAction, policy.mode) {
        case (.allow, .enforce): .allow
        case (.deny, .enforce): .deny
        case (.deny, .audit): .audit
        case (.allow, .audit): .pass
        }
    }
}

// MARK: - Conditions as literals

extension Clauses {
    private struct PlacedLiteral {
        var dimension: Dimension
        var literal: Literal
    }

    /// A condition: literals that must all hold, and one of the choices beside them.
    private struct Conjuncts {
        var all: [PlacedLiteral] = []
        /// One empty choice where nothing is inverted.
        var choices: [[PlacedLiteral]] = [[]]
    }

    private typealias Owner = (policy: String, rule: String, digests: [Dimension.Side: [Dimension]])

    /// A digest is a file's or that of what a process executes: which, the operations say.
    private static func digestDimensions(of rule: Rule) -> [Dimension.Side: [Dimension]] {
        let ofProcesses = rule.operations.filter { OperationCatalogue.description(of: $0).object == .process }
        var object: [Dimension] = ofProcesses.isEmpty ? [] : [.objectDigest]
        if ofProcesses.count < rule.operations.count { object.append(.fileDigest) }
        return [.object: object]
    }

    private mutating func conjuncts(
        _ condition: Condition?, _ side: Dimension.Side, _ owner: Owner
    ) throws(PolicyCompilerError) -> Conjuncts {
        var result = Conjuncts()
        guard let condition else { return result }
        for field in condition.all { result.all += try literals(field, side, owner) }
        guard !condition.not.isEmpty else { return result }
        result.choices = []
        for field in condition.not {
            var choice = try literals(field, side, owner)
            for index in choice.indices { choice[index].literal.isInverted = true }
            result.choices.append(choice)
        }
        return result
    }

    private mutating func literals(
        _ condition: FieldCondition, _ side: Dimension.Side, _ owner: Owner
    ) throws(PolicyCompilerError) -> [PlacedLiteral] {
        func at(_ dimension: Dimension, _ list: Int) -> [PlacedLiteral] {
            [PlacedLiteral(dimension: dimension, literal: Literal(list: list))]
        }
        switch condition {
        case .path: return paths(condition, .filePath)
        case .exe: return paths(condition, .exe(side))
        case .cgroup: return paths(condition, .cgroup(side))
        case .container: return paths(condition, .container(side))
        case .interpreter: return paths(condition, .interpreter(side))
        case .ancestor(let list):
            let patterns = lists.patterns.number(of: Set(list.patterns))
            let ancestors = NumberedLists.Ancestors(patterns: patterns, unresolvable: list.unresolvable)
            return at(.ancestor(side), lists.ancestors.number(of: ancestors))
        case .user(let accounts):
            let ids = try ids(of: accounts, owner, "user") { self.accounts.user($0) }
            return at(.user(side), lists.users.number(of: ids))
        case .group(let accounts):
            let ids = try ids(of: accounts, owner, "group") { self.accounts.group($0) }
            return at(.group(side), lists.groups.number(of: ids))
        case .capability(let list):
            let bits = list.reduce(0) { $0 | UInt64(1) << UInt64($1.number) }
            return at(.capability(side), lists.capabilities.number(of: bits))
        case .digest(let list):
            let number = lists.digests.number(of: list)
            let dimensions = side == .object ? owner.digests[.object] ?? [] : [.subjectDigest]
            return dimensions.flatMap { at($0, number) }
        case .verity(let list): return at(.verity, lists.digests.number(of: list))
        case .filesystem(let list): return at(.filesystem, lists.filesystems.number(of: Set(list)))
        case .flags(let list): return bits(list.reduce(0) { $0 | UInt128($1.bit) }, .flags)
        case .vendor: preconditionFailure("refused by PolicyCheck")
        }
    }

    private mutating func paths(_ condition: FieldCondition, _ dimension: Dimension) -> [PlacedLiteral] {
        let list = condition.pathList ?? PathList([])
        let number = lists.patterns.number(of: Set(list.patterns))
        return [
            PlacedLiteral(
                dimension: dimension, literal: Literal(list: number, unresolvable: list.unresolvable))
        ]
    }

    private func ids(
        of accounts: [Account], _ owner: Owner, _ kind: String, _ id: (Account) -> UInt32?
    ) throws(PolicyCompilerError) -> Set<UInt32> {
        var ids: Set<UInt32> = []
        for account in accounts {
            guard let number = id(account) else {
                throw .invalid(
                    policy: owner.policy, rule: owner.rule,
                    problem: "names the \(kind) '\(account.text)', which isn't known on this machine: write its number,"
                        + " or make the account first")
            }
            ids.insert(number)
        }
        return ids
    }

    /// What the rule asks of the operation itself.
    private mutating func numbers(of rule: Rule) -> [PlacedLiteral] {
        func bit(_ number: UInt32) -> UInt128 { 1 << UInt128(number) }
        return bits(rule.access.reduce(0) { $0 | bit($1.kernelNumber) }, .access)
            + bits(rule.signals.reduce(0) { $0 | bit(UInt32($1.number)) }, .signal)
            + bits(rule.mappings.reduce(0) { $0 | UInt128($1.bit) }, .mapping)
            + bits(rule.areas.reduce(0) { $0 | bit($1.kernelNumber) }, .area)
    }

    private mutating func bits(_ bits: UInt128, _ dimension: Dimension) -> [PlacedLiteral] {
        guard bits != 0 else { return [] }
        let number = lists.bits[dimension.rawValue].number(of: bits)
        return [PlacedLiteral(dimension: dimension, literal: Literal(list: number))]
    }
}
