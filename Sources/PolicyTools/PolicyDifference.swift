// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import PathAutomaton

/// Which attempts two sets of policies decide differently.
///
/// Values that no list of either tells apart are decided alike, so one of each kind is enough: of paths, a shortest one
/// for each class of the automaton of all patterns; of users, one in each different choice of the lists; and so on
/// (``AttributeSamples``). Their combinations are walked attribute by attribute, with the clauses that can still match
/// as a bit vector: a combination is given up as soon as the same clauses are alive on both sides, or as other values
/// left the same ones alive before. So the cost grows with the number of different sets of clauses, not with that of
/// combinations. Each change that is found is proved by its example, which both sides have decided (``CheckedPolicies``).
package struct PolicyDifference: Sendable {
    /// One way in which decisions change.
    package struct Change: Hashable, Sendable {
        package var operation: Operation
        package var old: Outcome
        package var new: Outcome
        /// The conditions of the rules that decide, on both sides: the attempts are among those that meet them. Empty
        /// where they have none. (Rules before them may take some.)
        package var conditions: [String]
        /// An attempt with the shortest paths.
        package var example: Attempt
    }

    /// What the comparison may cost.
    package struct Limits: Hashable, Sendable {
        /// Sets of clauses looked at, for all operations: some seconds.
        package var steps = 4_000_000
        /// Changes that are listed.
        package var changes = 1000

        package init() {}
    }

    /// In the order of the catalogue.
    package private(set) var changes: [Change] = []
    /// Why there may be more changes than these; empty when these are all.
    package private(set) var omissions: [String] = []

    /// - Throws: ``Disagreement`` between the evaluators; `PathAutomatonError` when the patterns of both together exceed
    ///   a limit.
    package init(_ old: CheckedPolicies, _ new: CheckedPolicies, limits: Limits = Limits()) throws {
        var steps = limits.steps
        var omissions: Set<String> = []
        for description in OperationCatalogue.all where description.canDeny {
            var comparison = try OperationComparison(old, new, description, steps: steps)
            try comparison.run(limit: limits.changes - changes.count)
            changes += comparison.changes
            steps = comparison.steps
            omissions.formUnion(comparison.omissions)
            if changes.count >= limits.changes {
                omissions.insert("only the first \(limits.changes) changes are listed")
                break
            }
            if steps <= 0 {
                omissions.insert(
                    "the comparison was given up in \(description.operation.rawValue), after \(limits.steps) steps: compare"
                        + " fewer policies at once")
                break
            }
        }
        self.omissions = omissions.sorted()
    }
}

/// The comparison of what is decided about one operation.
private struct OperationComparison {
    private struct Key: Hashable {
        var old: Outcome
        var new: Outcome
    }

    private let old: CheckedPolicies
    private let new: CheckedPolicies
    private let description: OperationDescription
    /// Those of the old policies, then those of the new ones.
    private let clauses: [ComparedClause]
    private let oldCount: Int
    /// By clause: equal numbers are equal clauses.
    private let identities: [Int]
    /// For each attribute that any clause asks for, its values and the clauses that each satisfies.
    private var attributes: [(samples: [AttributeSample], masks: [RuleMask])] = []
    private var seen: [Set<RuleMask>]
    private var found: Set<Key> = []
    private(set) var changes: [PolicyDifference.Change] = []
    private(set) var omissions: Set<String> = []
    private(set) var steps: Int

    init(
        _ old: CheckedPolicies, _ new: CheckedPolicies, _ description: OperationDescription, steps: Int
    ) throws(PathAutomatonError) {
        self.old = old
        self.new = new
        self.description = description
        self.steps = steps
        let oldClauses = ComparedClause.clauses(of: old.policies, on: description)
        clauses = oldClauses + ComparedClause.clauses(of: new.policies, on: description)
        oldCount = oldClauses.count
        var numbers: [ComparedClause.Identity: Int] = [:]
        identities = clauses.map { clause in
            let number = numbers[clause.identity] ?? numbers.count
            numbers[clause.identity] = number
            return number
        }
        seen = []
        guard identities[..<oldCount] != identities[oldCount...] else { return }
        for attribute in AttemptAttribute.allCases { try take(attribute) }
        seen = Array(repeating: [], count: attributes.count + 1)
    }

    private mutating func take(_ attribute: AttemptAttribute) throws(PathAutomatonError) {
        var numbers: [AskedList: Int] = [:]
        var lists: [AskedList] = []
        for literal in clauses.lazy.flatMap(\.literals) where literal.attribute == attribute {
            if numbers[literal.list] == nil {
                numbers[literal.list] = lists.count
                lists.append(literal.list)
            }
        }
        guard !lists.isEmpty else { return }
        // Both sides were given the same directory.
        let values = try AttributeSamples(attribute, lists, description, accounts: new.accounts)
        if !values.isComplete {
            omissions.insert(
                "the conditions on one field of \(description.operation.rawValue) are too many to tell all combinations"
                    + " of them apart")
        }
        let masks = ClauseMasks(clauses, attribute, numbers)
        var different: Set<RuleMask> = []
        var kept: (samples: [AttributeSample], masks: [RuleMask]) = ([], [])
        for sample in values.samples {
            let mask = masks.mask(of: sample)
            guard different.insert(mask).inserted else { continue }
            kept.samples.append(sample)
            kept.masks.append(mask)
        }
        attributes.append(kept)
    }

    mutating func run(limit: Int) throws(Disagreement) {
        guard !seen.isEmpty else { return }
        try walk(RuleMask(all: clauses.count), [], limit: limit)
    }

    private mutating func walk(_ alive: RuleMask, _ chosen: [Int], limit: Int) throws(Disagreement) {
        let depth = chosen.count
        guard steps > 0, changes.count < limit, seen[depth].insert(alive).inserted else { return }
        steps -= 1
        guard isDifferent(alive) else { return }
        guard depth < attributes.count else { return try compare(chosen) }
        for (number, mask) in attributes[depth].masks.enumerated() {
            steps -= 1
            try walk(alive.intersection(mask), chosen + [number], limit: limit)
        }
    }

    /// Whether other clauses are alive in the new policies than in the old ones, or in another order.
    private func isDifferent(_ alive: RuleMask) -> Bool {
        let numbers = alive.members
        let new = numbers.firstIndex { $0 >= oldCount } ?? numbers.count
        return !numbers[..<new].lazy.map { identities[$0] }.elementsEqual(numbers[new...].lazy.map { identities[$0] })
    }

    private mutating func compare(_ chosen: [Int]) throws(Disagreement) {
        var attempt = Attempt(plain: description)
        for (depth, number) in chosen.enumerated() { attributes[depth].samples[number].put(&attempt) }
        let key = Key(old: try old.decide(attempt), new: try new.decide(attempt))
        guard key.old.result != key.new.result, found.insert(key).inserted else { return }
        changes.append(
            PolicyDifference.Change(
                operation: description.operation, old: key.old, new: key.new,
                conditions: conditions(of: key.old.decision, old)
                    + conditions(of: key.new.decision, new).filter {
                        !conditions(of: key.old.decision, old).contains($0)
                    }, example: attempt))
    }

    private func conditions(of decision: Decision, _ policies: CheckedPolicies) -> [String] {
        guard let policy = policies.policies.first(where: { $0.name == decision.policy }),
            let rule = policy.rules.first(where: { $0.name == decision.rule })
        else { return [] }
        return RuleText.conditions(of: rule, in: policy)
    }
}

extension Attempt {
    /// An attempt that nobody would remark upon.
    fileprivate init(plain description: OperationDescription) {
        let process = ProcessFacts(exe: ObservedPath("/usr/bin/true"), user: 1000, groups: [1000])
        self.init(operation: description.operation, subject: process)
        switch description.object {
        case .file: object = .file(FileFacts(path: ObservedPath("/srv/file")))
        case .memory, .area:
            object = .file(FileFacts(path: ObservedPath(bytes: [], unresolvable: .anonymous), filesystem: ""))
        case .process: object = .process(process)
        case .program, .none: break
        }
        if let first = description.access.first { access = [first] }
        if description.hasSignal { signal = Signal(number: 15) }
        if description.hasMapping { mappings = [.anonymous] }
        if description.hasArea { area = .memory }
    }
}
