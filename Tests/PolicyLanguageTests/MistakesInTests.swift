// SPDX-License-Identifier: Apache-2.0

/// What can be wrong with the `tests:` of a policy.
enum MistakesInTests {
    /// The sound policy with one test after it, from line 18 on.
    private static func test(_ lines: String, _ expected: String...) -> Mistake {
        let indented = lines.split(separator: "\n").joined(separator: "\n    ")
        var mistake = Mistake([16: "      action: deny\ntests:\n  - \(indented)"])
        mistake.expected = expected
        return mistake
    }

    private static let facts = "exe, user, groups, cgroup, ancestors, script, capabilities, digest"

    static let all = [
        Mistake(
            [16: "      action: deny\ntests: []"], "17:8: error: the list 'tests' is empty: write at least one entry"),
        Mistake(
            [16: "      action: deny\ntests: a"], "17:8: error: 'tests' must be a list, not 'a': write '- ' entries"),
        test(
            "nme: t\noperation: process.create\nexpect: allow",
            "18:5: error: unknown key 'nme' in a test: did you mean 'name'?",
            "18:5: error: a test has no 'name': add it"),
        test(
            "name: t", "18:5: error: a test has no 'operation': add it", "18:5: error: a test has no 'expect': add it"),
        test(
            "name: A b\noperation: process.creat\nexpect: denied",
            "18:11: error: the test's name 'A b' isn't a name: write lower-case letters, digits, '-' and '.', at most 63,"
                + " a letter or digit first",
            "19:16: error: unknown operation 'process.creat': did you mean 'process.create'?",
            "20:13: error: unknown expect 'denied': write one of allow, deny, audit, ask"),
        test(
            "name: t\noperation: process.create\nexpect: maybe",
            "20:13: error: unknown expect 'maybe': write one of allow, deny, audit, ask"),
        test(
            "name: t\noperation: process.create\nexpect: deny\nrule: world-writeable",
            "21:11: error: the policy has no rule 'world-writeable': did you mean 'world-writable'?"),
        test(
            "name: t\noperation: process.create\nexpect: deny\nrule: other",
            "21:11: error: the policy has no rule 'other': write the name of one of its rules, or remove it"),
        Mistake(
            [
                16: "      action: deny\ntests:\n  - {name: t, operation: process.create, expect: deny}\n"
                    + "  - {name: t, operation: process.create, expect: deny}"
            ],
            "19:12: error: the test 't' is there twice, first in line 18: rename one of them"),
        test(
            "name: t\noperation: process.exec\nexpect: deny",
            "18:5: error: a test of process.exec has no 'object': add 'object: {path: …}'"),
        test(
            "name: t\noperation: process.exec\nobject: {flags: memfd}\nexpect: deny",
            "20:13: error: the test's 'object' has no 'path': add it"),
        test(
            "name: t\noperation: process.create\nobject: {path: /a}\nexpect: deny",
            "20:5: error: process.create has no object that could be selected: remove it"),
        test(
            "name: t\noperation: process.signal\nobject: {path: /a}\nexpect: deny",
            "18:5: error: a test of process.signal has no 'signal': add it",
            "20:14: error: unknown key 'path' in the test's 'object': write one of \(facts)"),
        test(
            "name: t\noperation: process.signal\nsignal: [KILL, TERM]\nexpect: deny",
            "20:13: error: one attempt has one 'signal', not 2: write a test for each"),
        test(
            "name: t\noperation: process.open\naccess: [attach, inspect]\nexpect: deny",
            "20:13: error: one attempt has one 'access', not 2: write a test for each"),
        test(
            "name: t\noperation: process.create\naccess: read\nexpect: deny",
            "20:5: error: process.create has no access: remove it"),
        test(
            "name: t\noperation: file.open\nobject: {path: /a}\naccess: mount\nexpect: deny",
            "21:13: error: file.open has no access 'mount': write one of read, write"),
        test(
            "name: t\noperation: process.create\nsubject: {exe: usr, user: ann, group: 1}\nexpect: deny",
            "20:20: error: bad path 'usr': write one whole resolved path that begins with '/', or 'unresolvable'",
            "20:31: error: bad user 'ann': write a number or 'root': a test must mean the same on every machine",
            "20:36: error: unknown key 'group' in the test's 'subject': did you mean 'groups'?"),
        test(
            "name: t\noperation: process.create\nsubject: {script: yes, groups: [root, wheel], digest: 00}\nexpect: deny",
            "20:23: error: unknown script 'yes': write true or false",
            "20:43: error: bad group 'wheel': write a number or 'root': a test must mean the same on every machine",
            "20:59: error: bad digest '00': write 64 hexadecimal digits, with or without 'sha256:' before them"),
        test(
            "name: t\noperation: process.create\nsubject: {ancestors: [/a/../b], cgroup: /a/, capabilities: [x]}\nexpect: deny",
            "20:27: error: bad path '/a/../b': write one whole resolved path that begins with '/', or 'unresolvable'",
            "20:45: error: bad path '/a/': write one whole resolved path that begins with '/', or 'unresolvable'",
            "20:65: error: unknown capability 'x': write one of those in capabilities(7), such as CAP_SYS_ADMIN or"
                + " sys_admin"),
        test(
            "name: t\noperation: process.exec\nobject: {path: //a, flags: [memdf], filesystem: A, verity: x}\nexpect: deny",
            "20:20: error: bad path '//a': write one whole resolved path that begins with '/', or 'unresolvable'",
            "20:33: error: unknown flag 'memdf': did you mean 'memfd'?",
            "20:53: error: bad filesystem 'A': write a name as in /proc/filesystems: lower-case letters, digits, '.', '_'"
                + " and '-', at most 15",
            "20:64: error: bad digest 'x': write 64 hexadecimal digits, with or without 'sha256:' before them"),
    ]
}
