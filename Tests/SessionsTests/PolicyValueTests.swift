// SPDX-License-Identifier: Apache-2.0

import APIValues
import EndpointModel
import FoundationEssentials
import SallyportAPI
import Testing

/// Policies on their way through messages.
@Suite struct PolicyValueTests {
    @Test func `A message says every field that a policy has`() throws {
        let policy = try Samples.fullPolicy()
        #expect(try Policy(Sallyport_V1_Policy(policy)) == policy)
        let plain = Policy(name: "p", rules: [Rule(name: "r", operations: [.processExec], action: .allow)])
        #expect(try Policy(Sallyport_V1_Policy(plain)) == plain)
    }

    @Test(arguments: Field.allCases)
    func `Every field of a condition arrives alone, on either side`(field: Field) throws {
        let conditions = try Samples.fieldConditions().filter { $0.field == field }
        #expect(conditions.count == 1)
        for condition in [Condition(all: conditions, not: []), Condition(all: [], not: conditions)] {
            #expect(try Condition(Sallyport_V1_Condition(condition), field: "subject") == condition)
        }
    }

    @Test(arguments: Rule.Action.allCases, [Rule.Fallback?.none, .allow, .deny])
    func `Every action and fallback has its own value`(action: Rule.Action, fallback: Rule.Fallback?) throws {
        let rule = Rule(
            name: "r", operations: [.processExec], action: action, unknownDigest: fallback, onTimeout: fallback)
        #expect(try Rule(Sallyport_V1_Rule(rule)) == rule)
    }

    @Test(arguments: Policy.Mode.allCases, Policy.WhenUncovered.allCases)
    func `Every mode and every way out has its own value`(mode: Policy.Mode, when: Policy.WhenUncovered) throws {
        let policy = Policy(name: "p", mode: mode, whenUncovered: when, rules: [])
        #expect(try Policy(Sallyport_V1_Policy(policy)) == policy)
    }

    @Test func `What a policy must say and doesn't is refused`() throws {
        let good = Sallyport_V1_Policy(try Samples.policy("p"))
        func problem(_ change: (inout Sallyport_V1_Policy) -> Void) -> ValueError? {
            var message = good
            change(&message)
            return #expect(throws: ValueError.self) { try Policy(message) }
        }
        #expect(problem { $0.whenUncovered = .unspecified } == .missing(field: "policy.when_uncovered"))
        #expect(problem { $0.rules[0].action = .unspecified } == .missing(field: "rule.action"))
        #expect(problem { $0.rules[0].operations = [.unspecified] } == .missing(field: "operation"))
        #expect(problem { $0.rules[0].access = [.unspecified] } == .missing(field: "access"))
        #expect(problem { $0.rules[0].mappings = [.unspecified] } == .missing(field: "mapping"))
        #expect(problem { $0.rules[0].areas = [.unspecified] } == .missing(field: "area"))
        #expect(problem { $0.rules[0].subject.not[0].field = nil } == .missing(field: "subject.not"))
        #expect(problem { $0.scope.all = [Sallyport_V1_FieldCondition()] } == .missing(field: "scope"))
    }

    @Test func `What this version doesn't know of a policy is refused, never left out`() throws {
        let good = Sallyport_V1_Policy(try Samples.policy("p"))
        func problem(_ change: (inout Sallyport_V1_Rule) -> Void) -> ValueError? {
            var message = good
            change(&message.rules[1])
            return #expect(throws: ValueError.self) { try Policy(message) }
        }
        #expect(problem { $0.access = [.read, .UNRECOGNIZED(99)] } == .unknown(field: "access", value: 99))
        #expect(problem { $0.mappings = [.UNRECOGNIZED(99)] } == .unknown(field: "mapping", value: 99))
        #expect(problem { $0.areas = [.UNRECOGNIZED(99)] } == .unknown(field: "area", value: 99))
        #expect(problem { $0.action = .UNRECOGNIZED(99) } == .unknown(field: "rule.action", value: 99))
        #expect(problem { $0.onTimeout = .UNRECOGNIZED(99) } == .unknown(field: "rule.on_timeout", value: 99))
        #expect(problem { $0.unknownDigest = .UNRECOGNIZED(99) } == .unknown(field: "rule.unknown_digest", value: 99))
        #expect(
            problem { $0.signals = [65] }
                == .invalid(field: "rule.signals", reason: "is 65; signals are numbered up to 64"))
    }

    @Test func `A list with something that isn't what it lists is refused by the name of the field`() throws {
        func words(_ words: String...) -> Sallyport_V1_WordList {
            var list = Sallyport_V1_WordList()
            list.words = words
            return list
        }
        func patterns(_ patterns: String...) -> Sallyport_V1_PathList {
            var list = Sallyport_V1_PathList()
            list.patterns = patterns
            return list
        }
        let bad: [(Sallyport_V1_FieldCondition.OneOf_Field, String)] = [
            (.digest(Data(repeating: 1, count: 33)), "digest"), (.verity(Data(repeating: 1, count: 31)), "verity"),
            (.flags(words("setuid", "world-writable")), "flags"), (.user(words("root", "a:b")), "user"),
            (.group(words("")), "group"), (.capability(words("CAP_FLY")), "capability"),
            (.container(words("0123456789a")), "container"), (.path(patterns("tmp")), "path"),
            (.exe(patterns("/a//b")), "exe"), (.cgroup(patterns("")), "cgroup"),
            (.ancestor(patterns("[")), "ancestor"),
            (.interpreter(patterns("/a/")), "interpreter"),
        ]
        for (field, name) in bad {
            var message = Sallyport_V1_FieldCondition()
            message.field = field
            let error = #expect(throws: ValueError.self) { try FieldCondition(message, in: "object") }
            guard case .invalid("object.\(name)", _)? = error else {
                Issue.record("\(name): \(String(describing: error))")
                continue
            }
        }
    }
}
