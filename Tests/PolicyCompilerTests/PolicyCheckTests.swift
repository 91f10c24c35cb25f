// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyCompiler
import Testing

/// The compiler trusts no client to have checked a policy.
@Suite struct PolicyCheckTests {
    private func problem(_ policies: [Policy]) -> String? {
        do throws(PolicyCompilerError) {
            _ = try PolicyCompiler.compile(policies)
            return nil
        } catch {
            guard case .invalid = error else { return "limit" }
            return error.description
        }
    }

    private func problemOfPolicy(_ change: (inout Policy) -> Void) -> String? {
        var policy = Policy.fixture("p", [.deny("r", ["/a"])])
        change(&policy)
        return problem([policy])
    }

    private func problemOfRule(_ change: (inout Rule) -> Void) -> String? {
        problemOfPolicy({ change(&$0.rules[0]) })
    }

    @Test func aSoundPolicyIsAccepted() { #expect(problemOfPolicy({ _ in }) == nil) }

    @Test(arguments: ["", "P", "a_b", "-a", ".a", "ä", String(repeating: "a", count: 64), "a b", "a\n"])
    func aNameOutsideTheGrammarIsRefused(_ name: String) {
        #expect(problemOfPolicy({ $0.name = name })?.contains("name that isn't one") == true)
        #expect(problemOfPolicy({ $0.vendor = name })?.contains("has a vendor") == true)
        #expect(problemOfRule({ $0.name = name })?.contains("name that isn't one") == true)
    }

    @Test func aNameOfSixtyThreeLettersIsAccepted() {
        #expect(problemOfPolicy({ $0.name = String(repeating: "a", count: 63) }) == nil)
    }

    @Test func namesMustBeUnique() {
        let policy = Policy.fixture("p", [.deny("r", ["/a"])])
        #expect(problem([policy, policy]) == "policy 'p' is there twice: rename one of them")
        #expect(
            problemOfPolicy({ $0.rules.append($0.rules[0]) })
                == "rule 'r' of policy 'p' is there twice: rename one of them")
    }

    @Test func emptyListsAreRefused() {
        #expect(problemOfPolicy({ $0.rules = [] })?.contains("no rules") == true)
        #expect(problemOfRule({ $0.operations = [] })?.contains("no operation") == true)
        #expect(problemOfRule({ $0.object = PathCondition(patterns: []) })?.contains("empty list") == true)
        #expect(
            problemOfRule({ $0.subject = PathCondition(patterns: [], inverted: true) })?.contains("empty list")
                == true)
    }

    @Test func anOperationThatCannotBeDecidedOrIsThereTwiceIsRefused() {
        #expect(problemOfRule({ $0.operations = [.processExit] })?.contains("can only be observed") == true)
        #expect(problemOfRule({ $0.operations = [.imageLoad, .imageLoad] })?.contains("twice") == true)
    }

    @Test func aFieldThatAnOperationHasNotGotIsRefused() {
        #expect(
            problemOfRule({ $0.operations = [.processExec, .processCreate] })
                == "rule 'r' of policy 'p' has a condition on object.path, which process.create hasn't got")
    }

    @Test func aSummaryIsOneShortLine() {
        #expect(problemOfPolicy({ $0.summary = "two\nlines" })?.contains("summary") == true)
        #expect(problemOfPolicy({ $0.summary = String(repeating: "a", count: 256) })?.contains("summary") == true)
        #expect(problemOfPolicy({ $0.summary = String(repeating: "a", count: 255) }) == nil)
    }
}
