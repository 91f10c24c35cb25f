// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyLanguage
import Testing

@Suite struct ReachabilityTests {
    private func diagnostics(_ rules: String...) -> [String] {
        let text = PolicyFile.rules("name: first\non: image.load\nsubject: {exe: /never}\naction: allow")
        let indented = rules.enumerated().map { number, rule in
            "    - name: r\(number)\n"
                + rule.split(separator: "\n").map { "      \($0)\n" }.joined()
        }
        return PolicyFile.parse(text + indented.joined()).diagnostics.map { "\($0.line): \($0.message)" }
    }

    private func exec(_ paths: String, _ action: String = "allow") -> String {
        "on: process.exec\nobject: {path: [\(paths)]}\naction: \(action)"
    }

    @Test func aRuleBehindABroaderOneIsUnreachable() {
        #expect(
            diagnostics(exec("'/usr/**'"), exec("/usr/bin/sh"))
                == ["14: the rule 'r1' is unreachable: all that it matches is decided by 'r0' before it"])
    }

    @Test func aBroaderRuleBehindANarrowerOneIsReachable() {
        #expect(diagnostics(exec("/usr/bin/sh"), exec("'/usr/**'")) == [])
    }

    @Test func severalRulesCanCoverOneTogether() {
        #expect(
            diagnostics(exec("'/usr/[a-m]*'"), exec("'/usr/[!a-m]*'"), exec("'/usr/*'"))
                == ["18: the rule 'r2' is unreachable: all that it matches is decided by 'r0', 'r1' before it"])
        #expect(diagnostics(exec("'/usr/[a-m]*'"), exec("'/usr/[!a-n]*'"), exec("'/usr/*'")) == [])
    }

    @Test func whatNoResolvedPathCanBeDoesNotMakeARuleReachable() {
        // A name isn't empty and is neither '.' nor '..': these patterns differ on no path.
        #expect(diagnostics(exec("'/d/?*'"), exec("'/d/*'")).count == 1)
        #expect(diagnostics(exec("'/d/[!.]*', '/d/.[!.]*', '/d/..?*'"), exec("'/d/*'")).count == 1)
        #expect(diagnostics(exec("'/d/[!.]*', '/d/.[!.]*'"), exec("'/d/*'")) == [])
    }

    @Test func theUnresolvablePathCounts() {
        #expect(diagnostics(exec("'/**'"), exec("unresolvable")) == [])
        #expect(diagnostics(exec("'/**'"), exec("unresolvable, /a")) == [])
        #expect(diagnostics(exec("'/**', unresolvable"), "on: process.exec\naction: deny").count == 1)
        #expect(diagnostics(exec("'/**'"), "on: process.exec\nobject: {not: {path: /a}}\naction: deny") == [])
    }

    @Test func aRuleIsReachableIfItIsOnOneOfItsOperations() {
        #expect(
            diagnostics(exec("'/a/**'"), "on: [process.exec, image.load]\nobject: {path: /a/b}\naction: allow") == [])
        #expect(
            diagnostics("on: [process.exec, image.load]\nobject: {path: '/a/**'}\naction: allow", exec("/a/b")).count
                == 1)
    }

    @Test func subjectsCountAsWellAsObjects() {
        let some = "on: process.exec\nsubject: {exe: '/usr/**'}\nobject: {path: '/a/**'}\naction: allow"
        let other = "on: process.exec\nsubject: {not: {exe: '/usr/**'}}\nobject: {path: '/a/**'}\naction: allow"
        #expect(diagnostics(some, exec("/a/b")) == [])
        #expect(diagnostics(some, other, exec("/a/b")).count == 1)
        #expect(
            diagnostics("on: process.create\nsubject: {exe: /x}\naction: deny", "on: process.create\naction: allow")
                == [])
        #expect(
            diagnostics("on: process.create\naction: deny", "on: process.create\nsubject: {exe: /x}\naction: allow")
                .count == 1)
    }

    @Test func aRuleThatMatchesNothingIsAnError() {
        #expect(
            diagnostics("on: process.exec\nobject: {not: {path: ['/**', unresolvable]}}\naction: deny")
                == ["10: the rule 'r0' matches nothing"])
    }

    @Test func notMayStandBesideAList() {
        let some = "on: process.exec\nobject: {path: '/a/**', not: {path: /a/b}}\naction: allow"
        #expect(diagnostics(some, exec("/a/c")).count == 1)
        #expect(diagnostics(some, exec("/a/b")) == [])
        #expect(diagnostics(some, exec("/a/b"), exec("'/a/**'")).count == 1)
        #expect(
            diagnostics("on: process.exec\nobject: {path: /a, not: {path: '/*'}}\naction: deny")
                == ["10: the rule 'r0' matches nothing"])
    }

    @Test func theExecutableOfAnObjectCountsAsAPathDoes() {
        let some = "on: process.open\nobject: {exe: '/a/**'}\naction: allow"
        #expect(diagnostics(some, "on: process.open\nobject: {exe: /a/b}\naction: deny").count == 1)
        #expect(diagnostics(some, "on: process.open\nobject: {exe: '/**'}\naction: deny") == [])
        #expect(diagnostics(some, "on: process.open\nsubject: {exe: /a/b}\naction: deny") == [])
    }

    @Test(arguments: [
        "subject: {user: root}", "subject: {not: {user: root}}", "subject: {cgroup: '/**'}", "access: read",
        "object: {flags: memfd}", "subject: {capability: kill}", "object: {not: {path: /a, flags: memfd}}",
    ])
    func aRuleThatAsksForMoreCoversOnlyThoseThatAskForTheSame(_ condition: String) {
        let special = "on: file.open\n\(condition)\naction: allow"
        let general = "on: file.open\naction: deny"
        #expect(diagnostics(special, general) == [])
        #expect(diagnostics(general, special).count == 1)
        #expect(diagnostics(special, special).count == 1)
        #expect(diagnostics(special, "on: file.open\nsubject: {group: audio}\naction: deny") == [])
    }

    @Test func severalRulesThatAskForTheSameCanCoverOneTogether() {
        func rule(_ paths: String) -> String {
            "on: file.open\nsubject: {user: root}\nobject: {path: \(paths)}\naccess: write\naction: deny"
        }
        #expect(
            diagnostics(rule("['/usr/[a-m]*', unresolvable]"), rule("['/usr/[!a-m]*', unresolvable]"), rule("'/usr/*'"))
                == ["22: the rule 'r2' is unreachable: all that it matches is decided by 'r0', 'r1' before it"])
    }

    @Test func whatIsNotKnownMayLeaveALaterRuleToDecide() {
        // While the digest isn't known, the first rule doesn't match and the second one does.
        let digest = String(repeating: "00", count: 32)
        let some = "on: process.exec\nsubject: {digest: '\(digest)'}\nunknown_digest: deny\naction: "
        #expect(diagnostics(some + "allow", some + "deny") == [])
        #expect(diagnostics(some + "allow", some + "allow").count == 1)
        let ancestor = "on: process.exec\nsubject: {ancestor: /a}\naction: "
        #expect(diagnostics(ancestor + "allow", ancestor + "deny") == [])
        #expect(diagnostics(ancestor + "deny", ancestor + "deny").count == 1)
    }

    /// All pairs of the 64 subjects and 4,096 objects for all rules would be a thousand million: it would hang here.
    @Test(.timeLimit(.minutes(1))) func thousandsOfRulesAreCheckedInBoundedTime() throws {
        #if DEBUG
        let count = 256
        #else
        let count = 4096
        #endif
        let rules = (0..<count).map { number in
            "name: r\(number)\non: process.exec\nsubject: {exe: '/usr/\(number % 64)/*'}\n"
                + "object: {path: '/opt/\(number)/**'}\naction: allow"
        }
        let text =
            PolicyFile.rules("name: first\non: image.load\naction: allow")
            + rules.map { "    - " + $0.replacing("\n", with: "\n      ") + "\n" }.joined()
            + "    - {name: last, on: process.exec, object: {path: /opt/7/x}, subject: {exe: /usr/7/x}, action: deny}\n"
        let document = PolicyFile.parse(text)
        #expect(
            document.diagnostics.map(\.message) == [
                "the rule 'last' is unreachable: all that it matches is decided by 'r7' before it"
            ])
    }
}
