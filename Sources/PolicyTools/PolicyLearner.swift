// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

/// Proposes a policy from what was seen: allow rules for exactly that, and a denial of the rest of what was asked about.
///
/// What can't be written exactly isn't proposed but counted (``Omission``): an attempt on something without a path is
/// one of all such attempts, and a rule for it would permit them all.
package struct PolicyLearner: Sendable {
    package struct Request: Hashable, Sendable {
        package var name: String
        package var operations: Set<Operation>
        /// Which programs are asked about; `nil` is every one.
        package var subject: PathPattern?
        package var mode: Policy.Mode = .audit
        package var generalization = Generalization.none

        package init(name: String, operations: Set<Operation>, subject: PathPattern? = nil) {
            self.name = name
            self.operations = operations
            self.subject = subject
        }
    }

    /// What may be permitted besides what was seen.
    package enum Generalization: Hashable, Sendable {
        case none
        /// `directory/*` instead of so many files of one directory, but not of one that everybody may write to.
        case directory(files: Int)
    }

    /// Why an attempt that was seen has no rule.
    package enum Omission: String, Hashable, Sendable, CaseIterable {
        /// The policies in force denied it.
        case denied
        /// The subject's executable has no path that a rule could name.
        case subject
        /// The object has no path that a rule could name.
        case object
        /// More different ones were seen than are kept: ``PolicyLearner/limit``.
        case limit
    }

    /// Different attempts that are kept.
    package static let limit = 65_536

    package let request: Request
    private var seen: Set<LearnedAttempt> = []
    /// Attempts that the request asks about.
    package private(set) var considered = 0
    package private(set) var omissions: [Omission: Int] = [:]
    /// Events that were lost on the way here.
    package private(set) var lost: UInt64 = 0

    package init(_ request: Request) { self.request = request }

    package mutating func take(_ element: StreamElement) {
        switch element {
        case .gap(let gap):
            for operation in request.operations { lost += gap.counts[operation] ?? 0 }
        case .event(let event): take(event)
        case .sync, .process: break
        }
    }

    private mutating func take(_ event: Event) {
        guard request.operations.contains(event.operation), let attempt = ObservedAttempt(event)?.attempt else {
            return
        }
        let exe = attempt.subject.exe
        if let subject = request.subject, exe.unresolvable != nil || !subject.matches(exe.bytes) { return }
        considered += 1
        guard event.decision.verdict != .deny else { return omit(.denied) }
        guard let program = PathPattern(literal: exe) else { return omit(.subject) }
        var learned = LearnedAttempt(attempt, program: program)
        switch attempt.object {
        case .none: break
        case .file(let file)
        where file.path.unresolvable == .anonymous
            && OperationCatalogue.description(of: event.operation).object != .file:
            learned.isAnonymous = true
        case .file(let file):
            guard let path = PathPattern(literal: file.path) else { return omit(.object) }
            learned.object = path
        case .process(let process):
            guard let exe = PathPattern(literal: process.exe) else { return omit(.object) }
            learned.object = exe
        }
        guard seen.contains(learned) || seen.count < Self.limit else { return omit(.limit) }
        seen.insert(learned)
    }

    private mutating func omit(_ omission: Omission) { omissions[omission, default: 0] += 1 }

    // MARK: The proposal

    /// Operations of the request that can be decided, in the order of the catalogue.
    private var operations: [Operation] {
        OperationCatalogue.all.filter { $0.canDeny && request.operations.contains($0.operation) }.map(\.operation)
    }

    private var scope: Condition? { request.subject.map { Condition(.exe(PathList([$0]))) } }

    /// The policy that what was seen comes to; `nil` when nothing was seen that a rule could permit.
    package var proposal: Policy? {
        var rules = LearnedRules(seen, request.generalization).rules
        guard !rules.isEmpty else { return nil }
        rules.append(Rule(name: "everything-else", operations: operations, action: .deny))
        return Policy(
            name: request.name, summary: "Learned: what was seen is allowed, everything else denied",
            mode: request.mode, scope: scope, rules: rules)
    }

    /// The policy to learn under: it denies nothing, but everything that was asked about is reported.
    package static func learningPolicy(for request: Request) -> Policy {
        let learner = PolicyLearner(request)
        return Policy(
            name: request.name + "-learning", summary: "Temporary: reports what sallyport policy learn asks about",
            mode: .audit, whenUncovered: .audit, scope: learner.scope,
            rules: [Rule(name: "everything", operations: learner.operations, action: .deny)])
    }
}
