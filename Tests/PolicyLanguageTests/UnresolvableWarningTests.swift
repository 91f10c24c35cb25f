// SPDX-License-Identifier: Apache-2.0

import PolicyLanguage
import Testing

@Suite struct UnresolvableWarningTests {
    private func warnings(_ rules: [String]) -> [String] {
        let text =
            PolicyFile.rules("name: first\non: process.create\nsubject: {exe: /never}\naction: deny")
            + rules.map { "    - {\($0)}\n" }.joined()
        let document = PolicyFile.parse(text)
        #expect(!document.hasErrors)
        #expect(document.policies.count == 1)
        return document.diagnostics.map(\.description)
    }

    private let deny = "name: d, on: [process.exec, image.load], object: {path: '/tmp/**'}, action: deny"

    @Test func aDenyRuleAcrossComponentsWithoutAWordOnUnresolvablePathsIsWarnedOf() {
        #expect(
            warnings([deny]) == [
                "p.yaml:10:7: warning: the rule 'd' denies '/tmp/**', but a path that can't be resolved matches no '**', and"
                    + " no rule of this policy says what to do with one on process.exec, image.load: add 'unresolvable' to"
                    + " the list, or write a rule with 'path: [unresolvable]'"
            ])
    }

    @Test func eachOperationIsLookedAtByItself() {
        let other = "name: u, on: process.exec, object: {path: unresolvable}, action: deny"
        #expect(warnings([deny, other]).count == 1)
        #expect(warnings([deny, other])[0].contains("on image.load:"))
        #expect(warnings([deny, other.replacing("process.exec", with: "[image.load, process.exec]")]) == [])
    }

    @Test func aRuleThatAllowsUnresolvablePathsIsAWordOnThemToo() {
        #expect(
            warnings([deny, "name: u, on: [process.exec, image.load], object: {path: unresolvable}, action: allow"])
                == [])
    }

    @Test func patternsWithinOneComponentAllowRulesAndInvertedListsAreNotWarnedOf() {
        #expect(warnings(["name: d, on: process.exec, object: {path: '/tmp/*'}, action: deny"]) == [])
        #expect(warnings(["name: d, on: process.exec, object: {path: '/tmp/**'}, action: allow"]) == [])
        #expect(warnings(["name: d, on: process.exec, object: {not: {path: '/usr/**'}}, action: deny"]) == [])
    }

    @Test func onlyFilesAreWarnedOfAndOtherFieldsDoNotMatter() {
        #expect(warnings(["name: d, on: process.open, object: {exe: '/tmp/**'}, action: deny"]) == [])
        #expect(warnings(["name: d, on: file.open, subject: {exe: '/tmp/**'}, action: deny"]) == [])
        let deny = "name: d, on: file.open, object: {flags: setuid, path: '/tmp/**'}, action: deny"
        #expect(warnings([deny]).count == 1)
        #expect(warnings([deny, "name: u, on: file.open, object: {not: {path: unresolvable}}, action: allow"]) == [])
        #expect(warnings([deny.replacing("'/tmp/**'", with: "[unresolvable, '/tmp/**']")]) == [])
    }
}
