// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyLanguage
import Testing

/// What is said to be unreachable surely is: no attempt of a small world is decided by such a rule.
@Suite struct ReachabilitySoundnessTests {
    @Test func noRuleThatIsSaidToBeUnreachableEverDecides() throws {
        var random = SmallWorld(state: 0x5a11_2026)
        var unreachable = 0
        var particular = 0
        for _ in 0..<400 {
            let policy = random.policy()
            let document = PolicyFile.parse(PolicyDocument.yaml(for: policy))
            let errors = document.diagnostics.filter { $0.severity == .error }.map(\.message)
            let accused = policy.rules.indices.filter { index in
                errors.contains {
                    $0.hasPrefix("the rule 'r\(index)' is unreachable") || $0 == "the rule 'r\(index)' matches nothing"
                }
            }
            try #require(accused.count == errors.count, "\(errors)")
            unreachable += accused.count
            particular += accused.count { !policy.rules[$0].access.isEmpty || policy.rules[$0].asksForDigest }
            guard !accused.isEmpty else { continue }
            let meaning = Meaning(policy)
            for attempt in SmallWorld.attempts {
                let deciding = meaning.firstRule(for: attempt)
                try #require(!accused.contains { $0 == deciding }, "\(attempt)\n\(PolicyDocument.yaml(for: policy))")
            }
        }
        #expect(unreachable > 100 && particular > 10)
    }
}

/// A few paths, accounts and digests, and policies on them.
private struct SmallWorld {
    var state: UInt64

    static let digests = ["00", "11"].map { Digest(String(repeating: $0, count: 32))! }
    private static let paths = ["/a", "/a/b", "/a/c"].map { ObservedPath($0) }
    private static let unresolvable = ObservedPath(bytes: [], unresolvable: .anonymous)
    private static let patterns = ["/a", "/a/b", "/a/**", "/**"].map { try! PathPattern($0) }

    static let attempts: [Attempt] = (paths + [unresolvable]).flatMap { exe in
        subjects(exe).flatMap { subject in
            (paths + [unresolvable]).flatMap { path in
                [digests[0], nil].flatMap { digest in
                    [Set([.read]), [.write], [.read, .write]].map { access in
                        Attempt(
                            operation: .fileOpen, subject: subject,
                            object: .file(FileFacts(path: path, digest: digest)),
                            access: access)
                    }
                }
            }
        }
    }

    private static func subjects(_ exe: ObservedPath) -> [ProcessFacts] {
        [0, 7].flatMap { user in
            [digests[0], nil].flatMap { digest in
                [(false, []), (false, [paths[0]]), (true, [])].map { isUnknown, ancestors in
                    ProcessFacts(
                        exe: exe, ancestors: ancestors, hasUnknownAncestors: isUnknown, user: user, digest: digest)
                }
            }
        }
    }

    mutating func below(_ count: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(count))
    }

    mutating func policy() -> Policy {
        let scope = below(3) == 0 ? condition(.exe) : nil
        let scopeAsks = scope.map { ($0.all + $0.not).contains { $0.field == .digest } } ?? false
        let rules = (0..<2 + below(4)).map { number in
            var rule = Rule(
                name: "r\(number)", operations: [.fileOpen], subject: below(2) == 0 ? condition(.exe) : nil,
                object: below(2) == 0 ? condition(.path) : nil, action: below(2) == 0 ? .allow : .deny)
            if below(3) == 0 { rule.access = below(2) == 0 ? [.read] : [.write] }
            if rule.asksForDigest || scopeAsks { rule.unknownDigest = below(2) == 0 ? .allow : .deny }
            return rule
        }
        return Policy(name: "p", scope: scope, rules: rules)
    }

    private mutating func condition(_ path: Field) -> Condition {
        var condition = Condition()
        let fields: [Field] = path == .exe ? [.exe, .exe, .user, .digest, .ancestor] : [.path, .path, .digest]
        for _ in 0..<below(3) { add(fields[below(fields.count)], to: &condition.all) }
        if condition.all.isEmpty || below(3) == 0 {
            for _ in 0..<1 + below(2) { add(fields[below(fields.count)], to: &condition.not) }
        }
        return condition
    }

    private mutating func add(_ field: Field, to group: inout [FieldCondition]) {
        guard !group.contains(where: { $0.field == field }) else { return }
        let list = PathList([Self.patterns[below(Self.patterns.count)]], unresolvable: below(3) == 0)
        switch field {
        case .exe: group.append(.exe(list))
        case .path: group.append(.path(list))
        case .user: group.append(.user([.id(0)]))
        case .digest: group.append(.digest([Self.digests[below(2)]]))
        default: group.append(.ancestor(PathList([Self.patterns[0]])))
        }
    }
}

/// What the rules of a policy mean, as far as the small world goes.
private struct Meaning {
    private let policy: Policy
    private let matches: [PathPattern: Set<ObservedPath>]

    init(_ policy: Policy) {
        self.policy = policy
        let conditions = policy.rules.flatMap(\.fieldConditions) + (policy.scope.map { $0.all + $0.not } ?? [])
        let paths = Set(SmallWorld.attempts.map(\.subject.exe))
        var matches: [PathPattern: Set<ObservedPath>] = [:]
        for pattern in conditions.compactMap(\.pathList).flatMap(\.patterns) {
            matches[pattern] = paths.filter { $0.unresolvable == nil && pattern.matches($0.bytes) }
        }
        self.matches = matches
    }

    func firstRule(for attempt: Attempt) -> Int? {
        guard case .file(let file) = attempt.object else { return nil }
        return policy.rules.firstIndex { rule in
            func holds(_ condition: Condition?, _ value: (FieldCondition) -> Bool?) -> Bool {
                guard let condition else { return true }
                // What isn't known holds or doesn't, inverted or not.
                func unknown(_ condition: FieldCondition) -> Bool {
                    condition.field == .digest
                        ? (rule.action == .deny) == (rule.unknownDigest == .deny) : rule.action == .deny
                }
                return condition.all.allSatisfy { value($0) ?? unknown($0) }
                    && (condition.not.isEmpty || condition.not.contains { value($0).map { !$0 } ?? unknown($0) })
            }
            return holds(policy.scope) { self.value($0, attempt.subject) }
                && holds(rule.subject) { self.value($0, attempt.subject) }
                && holds(rule.object) { self.value($0, file) }
                && (rule.access.isEmpty || rule.access.contains(where: attempt.access.contains))
        }
    }

    private func value(_ condition: FieldCondition, _ process: ProcessFacts) -> Bool? {
        switch condition {
        case .exe(let list): contains(list, process.exe)
        case .user(let users): users.contains(.id(process.user))
        case .digest(let digests): process.digest.map(digests.contains)
        case .ancestor(let list):
            process.hasUnknownAncestors ? nil : process.ancestors.contains { contains(list, $0) }
        default: nil
        }
    }

    private func value(_ condition: FieldCondition, _ file: FileFacts) -> Bool? {
        switch condition {
        case .path(let list): contains(list, file.path)
        case .digest(let digests): file.digest.map(digests.contains)
        default: nil
        }
    }

    private func contains(_ list: PathList, _ path: ObservedPath) -> Bool {
        path.unresolvable == nil ? list.patterns.contains { matches[$0]!.contains(path) } : list.unresolvable
    }
}
