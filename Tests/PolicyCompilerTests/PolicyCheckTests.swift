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
        #expect(problemOfRule({ $0.object = Condition() })?.contains("object without any field") == true)
        #expect(problemOfPolicy({ $0.scope = Condition() })?.contains("scope without any field") == true)
    }

    @Test(arguments: [
        FieldCondition.path(PathList([])), .digest([]), .verity([]), .filesystem([]), .flags([]),
    ])
    func anEmptyListOfAFileIsRefused(_ field: FieldCondition) {
        let name = field.field.rawValue
        let rule = "rule 'r' of policy 'p' has an empty list of"
        #expect(problemOfRule({ $0.object = Condition(field) }) == "\(rule) object.\(name)")
        #expect(problemOfRule({ $0.object = Condition(not: [field]) }) == "\(rule) object.not.\(name)")
    }

    @Test(arguments: [
        FieldCondition.exe(PathList([])), .digest([]), .user([]), .group([]), .cgroup(PathList([])),
        .ancestor(PathList([])), .interpreter(PathList([])), .capability([]), .container([]),
    ])
    func anEmptyListOfAProcessIsRefused(_ field: FieldCondition) {
        let name = field.field.rawValue
        #expect(
            problemOfRule({ $0.subject = Condition(field) })
                == "rule 'r' of policy 'p' has an empty list of subject.\(name)")
        #expect(
            problemOfPolicy({ $0.scope = Condition(not: [field]) })
                == "policy 'p' has an empty list of scope.not.\(name)")
    }

    @Test func anOperationThatCannotBeDecidedOrIsThereTwiceIsRefused() {
        #expect(problemOfRule({ $0.operations = [.processExit] })?.contains("can only be observed") == true)
        #expect(problemOfRule({ $0.operations = [.imageLoad, .imageLoad] })?.contains("twice") == true)
    }

    @Test func aFieldThatAnOperationHasNotGotIsRefused() {
        #expect(
            problemOfRule({ $0.operations = [.processExec, .processCreate] })
                == "rule 'r' of policy 'p' has a condition on object.path, which process.create hasn't got")
        #expect(problemOfRule({ $0.operations = [.processSignal] })?.contains("object.path") == true)
        #expect(problemOfRule({ $0.object = Condition(.user([.id(0)])) })?.contains("object.user, which") == true)
        #expect(
            problemOfRule({ $0.subject = Condition(.path(.fixture(["/a"]))) })
                == "rule 'r' of policy 'p' has a condition on subject.path, which a process hasn't got")
        #expect(problemOfPolicy({ $0.scope = Condition(.flags([.memfd])) })?.contains("scope.flags") == true)
        #expect(problemOfRule({ $0.signals = [Signal(number: 9)!] })?.contains("condition on signal, which") == true)
        #expect(problemOfRule({ $0.mappings = [.stack] })?.contains("condition on mapping, which") == true)
        #expect(problemOfRule({ $0.areas = [.bpf] })?.contains("condition on area, which") == true)
        #expect(problemOfRule({ $0.access = [.read] })?.contains("condition on access, which") == true)
    }

    @Test func anAccessMustBeOneOfTheOperations() {
        func problem(_ operations: [Operation], _ access: [Access]) -> String? {
            problemOfRule({
                $0.operations = operations
                $0.object = nil
                $0.access = access
            })
        }
        #expect(problem([.fileOpen], [.read, .write]) == nil)
        #expect(problem([.fileOpen, .fileSetAttributes], [.write, .mode]) == nil)
        #expect(problem([.fileOpen], [.read, .attach])?.contains("'attach', which none of its operations") == true)
        #expect(problem([.fileOpen, .fileMount], [.read])?.contains("an access that file.mount never is") == true)
    }

    @Test func aFieldMayBeThereOnceAsItStandsAndOnceInverted() {
        let field = FieldCondition.path(.fixture(["/a"]))
        #expect(problemOfRule({ $0.object = Condition(field, not: [field]) }) == nil)
        #expect(problemOfRule({ $0.object = Condition(field, field) })?.contains("two lists of object.path") == true)
        #expect(problemOfRule({ $0.object = Condition(not: [field, field]) })?.contains("two lists") == true)
    }

    @Test func aDigestNeedsAWordOnWhatBecomesOfItWhileItIsUnknown() {
        let digest = Condition(.digest([.fixture(1)]))
        #expect(problemOfRule({ $0.object = digest })?.contains("write unknown_digest: allow") == true)
        #expect(problemOfPolicy({ $0.scope = digest })?.contains("write unknown_digest: allow") == true)
        #expect(
            problemOfRule({
                $0.object = digest
                $0.unknownDigest = .deny
            }) == nil)
        #expect(problemOfRule({ $0.object = Condition(.verity([.fixture(1)])) }) == nil)
    }

    @Test func askingNeedsAnAnswerWhenNoneComesAndAnOperationThatCanBeHeld() {
        #expect(problemOfRule({ $0.action = .ask })?.contains("write on_timeout: allow") == true)
        #expect(problemOfRule({ $0.onTimeout = .allow })?.contains("doesn't ask") == true)
        #expect(problemOfRule({ $0.timeoutMilliseconds = 500 })?.contains("doesn't ask") == true)
        func asking(_ timeout: UInt32?, _ operation: EndpointModel.Operation = .processExec) -> String? {
            problemOfRule({
                $0.operations = [operation]
                $0.action = .ask
                $0.onTimeout = .deny
                $0.timeoutMilliseconds = timeout
            })
        }
        #expect(asking(500) == nil)
        #expect(asking(nil) == nil)
        #expect(asking(1)?.contains("timeout") == true)
        #expect(asking(500, .fileTruncate)?.contains("can't be held") == true)
    }

    @Test func vendorsAreNotRegisteredYet() {
        let problem = problemOfRule({ $0.subject = Condition(.vendor(["acme"])) })
        #expect(problem?.contains("subject.vendor: rules can't select agents by vendor yet") == true)
    }

    @Test func anAccountThatTheMachineDoesNotKnowIsRefused() {
        #expect(
            problemOfRule({ $0.subject = Condition(.user([.name("nobody-here")])) })
                == "rule 'r' of policy 'p' names the user 'nobody-here', which isn't known on this machine: write its"
                + " number, or make the account first")
        #expect(
            problemOfPolicy({ $0.scope = Condition(not: [.group([.name("x")])]) })?
                .contains("policy 'p' names the group 'x'") == true)
        #expect(problemOfRule({ $0.subject = Condition(.user([.name("root"), .id(77)])) }) == nil)
    }

    /// What a decoder makes of hostile bytes.
    @Test func membersOfListsThatAreNoneAreRefused() throws {
        #expect(problemOfRule({ $0.object = Condition(.flags([.mprotect])) })?.contains("mprotect") == true)
        #expect(problemOfRule({ $0.object = Condition(.filesystem([""])) })?.contains("empty name") == true)
        for id in ["", "0123", "0123456789aB", String(repeating: "a", count: 65), "[0123456789a"] {
            #expect(problemOfRule({ $0.subject = Condition(.container([.id(id)])) })?.contains("container") == true)
        }
        #expect(problemOfRule({ $0.subject = Condition(.user([.name("7")])) })?.contains("account") == true)
    }

    @Test func aSummaryIsOneShortLine() {
        #expect(problemOfPolicy({ $0.summary = "two\nlines" })?.contains("summary") == true)
        #expect(problemOfPolicy({ $0.summary = String(repeating: "a", count: 256) })?.contains("summary") == true)
        #expect(problemOfPolicy({ $0.summary = String(repeating: "a", count: 255) }) == nil)
    }
}
