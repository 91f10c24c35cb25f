// SPDX-License-Identifier: Apache-2.0

/// What can be wrong with the rest of a rule: what it asks of the attempt itself, and what it does.
enum MistakesInDetails {
    static let all = details + outcomes

    private static let opening = "inspect, attach, read_memory, write_memory, get_fd"

    private static let details = [
        Mistake(
            [10: "      on: process.open", 11: "      access: [atach]"],
            "11:16: error: unknown access 'atach': did you mean 'attach'?"),
        Mistake(
            [10: "      on: process.open", 11: "      access: execute"],
            "11:15: error: unknown access 'execute': write one of \(opening)"),
        Mistake(
            [10: "      on: process.open", 11: "      access: [attach, mount]"],
            "11:24: error: process.open has no access 'mount': write one of \(opening)"),
        Mistake(
            [10: "      on: [process.open, file.open]", 11: "      access: [attach, read]"],
            "11:16: error: file.open has no access 'attach': remove it, or write a rule of its own for process.open",
            "11:24: error: process.open has no access 'read': remove it, or write a rule of its own for file.open"),
        Mistake(
            [11: "      access: read"], "11:7: error: process.exec has no access: remove it",
            "11:7: error: image.load has no access: remove it"),
        Mistake(
            [10: "      on: [process.exec, file.open]", 11: "      access: read"],
            "11:7: error: process.exec has no access: remove it, or write a rule of its own for file.open"),
        Mistake(
            [10: "      on: process.open", 11: "      signal: KILL"],
            "11:7: error: process.open has no signal: remove it"),
        Mistake(
            [10: "      on: process.signal", 11: "      mapping: stack\n      area: msr"],
            "11:7: error: process.signal has no mapping: remove it",
            "12:7: error: process.signal has no area: remove it"),
        Mistake(
            [10: "      on: process.signal", 11: "      signal: [kill, SIGTREM, 65, anything]"],
            "11:16: error: unknown signal 'kill': did you mean 'KILL'?",
            "11:22: error: unknown signal 'SIGTREM': did you mean 'SIGTERM'?",
            "11:31: error: unknown signal '65': write a name such as KILL or SIGKILL, or a number from 0 to 64",
            "11:35: error: unknown signal 'anything': write a name such as KILL or SIGKILL, or a number from 0 to 64"),
        Mistake(
            [10: "      on: process.signal", 11: "      signal: [KILL, 9, SIGKILL]"],
            "11:22: warning: the signal '9' is there twice: remove one",
            "11:25: warning: the signal 'SIGKILL' is there twice: remove one"),
        Mistake(
            [10: "      on: memory.map_executable", 11: "      mapping: [stak]"],
            "11:17: error: unknown mapping 'stak': did you mean 'stack'?"),
        Mistake(
            [10: "      on: kernel.access", 11: "      area: mrs"],
            "11:13: error: unknown area 'mrs': did you mean 'msr'?"),
        Mistake(
            [10: "      on: kernel.access", 11: "      area: []"],
            "11:13: error: the list 'area' is empty: write at least one entry"),
    ]

    private static let digest = String(repeating: "00", count: 32)

    private static let outcomes =
        [
            Mistake(
                [11: "      subject: {digest: '\(digest)'}"],
                "9:7: error: a rule with a 'digest' has no 'unknown_digest': add 'unknown_digest: deny' or 'unknown_digest:"
                    + " allow', for attempts while the digest isn't known"),
            Mistake(
                [15: "      object: {not: {digest: '\(digest)'}}"],
                "13:7: error: a rule with a 'digest' has no 'unknown_digest': add 'unknown_digest: deny' or 'unknown_digest:"
                    + " allow', for attempts while the digest isn't known"),
            Mistake(
                [7: "  scope: {digest: '\(digest)'}", 12: "      action: allow\n      unknown_digest: deny"],
                "14:7: error: a rule of a policy whose scope has a 'digest' has no 'unknown_digest': add 'unknown_digest: deny'"
                    + " or 'unknown_digest: allow', for attempts while the digest isn't known"),
            Mistake(
                [12: "      action: allow\n      unknown_digest: deny"],
                "13:7: error: 'unknown_digest' has a meaning only where the rule or the scope has a 'digest': remove it"
            ),
            Mistake(
                [11: "      subject: {digest: '\(digest)'}", 12: "      action: allow\n      unknown_digest: alow"],
                "13:23: error: unknown unknown_digest 'alow': did you mean 'allow'?"),
            Mistake(
                [12: "      action: ask"],
                "9:7: error: a rule that asks has no 'on_timeout': add 'on_timeout: deny' or 'on_timeout: allow', for attempts"
                    + " without an answer in time"),
            Mistake(
                [10: "      on: [process.exec, process.signal]", 12: "      action: ask\n      on_timeout: deny"],
                "12:15: error: process.signal can't wait for an answer: write allow or deny; only process.exec, image.load,"
                    + " file.open can ask"),
            Mistake(
                [12: "      action: allow\n      timeout: 500ms\n      on_timeout: deny"],
                "13:7: error: 'timeout' has a meaning only with 'action: ask': remove it",
                "14:7: error: 'on_timeout' has a meaning only with 'action: ask': remove it"),
            Mistake(
                [12: "      action: ask\n      on_timeout: wait"],
                "13:19: error: unknown on_timeout 'wait': write one of allow, deny"),
        ]
        + ["500", "0.5s", "9ms", "61s", "60001ms", "-1s", "s", "4294967297s"].map { text in
            Mistake(
                [12: "      action: ask\n      timeout: \(text)\n      on_timeout: deny"],
                "13:16: error: bad timeout '\(text)': write whole milliseconds or seconds, such as 500ms or 2s, from 10ms to"
                    + " 60s")
        }
}
