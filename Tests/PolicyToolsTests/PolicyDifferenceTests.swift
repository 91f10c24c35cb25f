// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyCompiler
import PolicyLanguage
import PolicyTools
import Testing

@Suite struct PolicyDifferenceTests {
    private func difference(_ old: [Policy], _ new: [Policy]) throws -> PolicyDifference {
        try PolicyDifference(
            CheckedPolicies(old, accounts: RandomPolicies.accounts),
            CheckedPolicies(new, accounts: RandomPolicies.accounts))
    }

    private func tmp(_ texts: String..., not: [FieldCondition] = []) throws -> [Policy] {
        let list = PathList(try texts.map { try PathPattern($0) })
        let rule = Rule(
            name: "tmp", operations: [.processExec], subject: not.isEmpty ? nil : Condition(all: [], not: not),
            object: Condition(.path(list)), action: .deny)
        return [Policy(name: "p", rules: [rule])]
    }

    @Test func `A pattern that is gone is a change, with a path that it matched and the other doesn't`() throws {
        let difference = try difference(tmp("/tmp/**", "/var/tmp/**"), tmp("/tmp/**"))
        let change = try #require(difference.changes.first)
        #expect(difference.changes.count == 1 && difference.omissions.isEmpty)
        #expect(change.operation == .processExec)
        #expect(change.old.result == .deny && change.new.result == .allow)
        guard case .file(let file) = change.example.object else {
            Issue.record("not a file")
            return
        }
        #expect(file.path == ObservedPath("/var/tmp/a"))
        #expect(change.conditions == ["object.path in /tmp/**, /var/tmp/**"])
    }

    @Test func `Patterns written otherwise that match the same paths are no change`() throws {
        #expect(try difference(tmp("/tmp/{a,b}*"), tmp("/tmp/b*", "/tmp/a*")).changes.isEmpty)
        // `//` and a component of dots aren't in any path.
        #expect(try difference(tmp("/tmp/**"), tmp("/tmp/*", "/tmp/*/**")).changes.isEmpty)
        #expect(try difference(tmp("/tmp/?"), tmp("/tmp/[!.]")).changes.isEmpty)
        #expect(try !difference(tmp("/tmp/?"), tmp("/tmp/[!a]")).changes.isEmpty)
    }

    @Test func `An exception for some users and capabilities is found, and only that`() throws {
        let not: [FieldCondition] = [.user([.name("alice")]), .capability([try #require(Capability("sys_admin"))])]
        let difference = try difference(tmp("/tmp/**"), tmp("/tmp/**", not: not))
        let change = try #require(difference.changes.first)
        #expect(difference.changes.count == 1)
        #expect(change.example.subject.user == 1000)
        #expect(change.example.subject.capabilities == 1 << 21)
    }

    @Test func `Another name, order or mode is a change only where decisions are others`() throws {
        var renamed = try tmp("/tmp/**")
        renamed[0].rules[0].name = "other"
        #expect(try difference(tmp("/tmp/**"), renamed).changes.isEmpty)
        var audit = try tmp("/tmp/**")
        audit[0].mode = .audit
        #expect(try difference(tmp("/tmp/**"), audit).changes.map(\.new.result) == [.audit])
        #expect(try difference(tmp("/tmp/**"), []).changes.map(\.new.result) == [.allow])
    }

    @Test func `A large policy with a small change is compared in moments`() throws {
        func large(_ last: String) throws -> [Policy] {
            var rules = try (0..<300).map { number in
                Rule(
                    name: "r\(number)", operations: [.processExec, .fileOpen],
                    subject: Condition(.exe(try patterns("/opt/vendor-\(number)/bin/*"))),
                    object: Condition(.path(try patterns("/srv/data-\(number)/**"))), action: .allow)
            }
            rules.append(
                Rule(
                    name: "last", operations: [.processExec], object: Condition(.path(try patterns(last))),
                    action: .deny))
            return [Policy(name: "p", rules: rules)]
        }
        let difference = try difference(large("/tmp/**"), large("/tmp/*"))
        #expect(difference.omissions.isEmpty)
        #expect(difference.changes.count == 1)
    }

    @Test func `What is left out is said`() throws {
        let old = try CheckedPolicies(tmp("/tmp/**"))
        var limits = PolicyDifference.Limits()
        limits.steps = 1
        #expect(try !PolicyDifference(old, CheckedPolicies([]), limits: limits).omissions.isEmpty)
        limits = PolicyDifference.Limits()
        limits.changes = 0
        #expect(try !PolicyDifference(old, CheckedPolicies([]), limits: limits).omissions.isEmpty)
    }

    @Test func `No random attempt is decided differently without a change that says so`() throws {
        var random = SplitMix64(seed: 0x5a11_d1ff)
        var differing = 0
        var changed = 0
        for _ in 0..<60 {
            let old = RandomPolicies.policies(using: &random)
            let new = random.oneIn(4) ? RandomPolicies.policies(using: &random) : mutated(old, using: &random)
            let difference = try difference(old, new)
            guard difference.omissions.isEmpty else { continue }
            let before = try CheckedPolicies(old, accounts: RandomPolicies.accounts)
            let after = try CheckedPolicies(new, accounts: RandomPolicies.accounts)
            for change in difference.changes {
                changed += 1
                #expect(try before.decide(change.example) == change.old)
                #expect(try after.decide(change.example) == change.new)
                #expect(change.old.result != change.new.result)
            }
            let source = RandomAttempts(old + new)
            for _ in 0..<60 {
                let attempt = source.attempt(using: &random)
                guard attempt.isPossible else { continue }
                let (first, second) = (try before.decide(attempt), try after.decide(attempt))
                guard first.result != second.result else { continue }
                differing += 1
                let isFound = difference.changes.contains {
                    $0.operation == attempt.operation && $0.old == first && $0.new == second
                }
                #expect(isFound, "\(attempt)\n\(old)\n\(new)")
            }
        }
        #expect(differing > 50 && changed > 50)
    }

    private func mutated(_ policies: [Policy], using random: inout SplitMix64) -> [Policy] {
        var policies = policies
        let policy = random.below(policies.count)
        let rule = random.below(policies[policy].rules.count)
        switch random.below(4) {
        case 0: policies[policy].mode = policies[policy].mode == .audit ? .enforce : .audit
        case 1: policies[policy].rules.shuffle(using: &random)
        case 2: policies[policy].rules[rule].subject = nil
        default: if policies[policy].rules.count > 1 { policies[policy].rules.remove(at: rule) }
        }
        return policies
    }
}

extension Attempt {
    /// Random paths need not be resolved, and random memory need not be of any kind.
    fileprivate var isPossible: Bool {
        let description = OperationCatalogue.description(of: operation)
        guard description.hasMapping == !mappings.isEmpty, description.access.isEmpty == access.isEmpty else {
            return false
        }
        var paths = [subject.exe, subject.cgroup] + subject.ancestors
        switch object {
        case .none: break
        case .file(let file): paths.append(file.path)
        case .process(let process): paths += [process.exe, process.cgroup] + process.ancestors
        }
        return paths.allSatisfy { path in
            if path.unresolvable != nil || path.bytes == [UInt8(ascii: "/")] { return true }
            let components = path.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            return components.first?.isEmpty == true && components.count > 1
                && components.dropFirst().allSatisfy { ![[], [46], [46, 46]].contains(Array($0)) && !$0.contains(0) }
        }
    }
}
