// SPDX-License-Identifier: Apache-2.0

import Glibc
import Sallyport

/// Writes a line at once, into a pipe too.
@Sendable func say(_ text: String) {
    print(text)
    fflush(nil)
}

/// Ends this process with a message.
func fail(_ text: String, status: Int32) -> Never {
    write(STDERR_FILENO, text + "\n", text.utf8.count + 1)
    exit(status)
}

// Has libyara look at what is executed and loaded, each content once, and refuses what a rule matches.
guard CommandLine.arguments.count == 2, !CommandLine.arguments[1].hasPrefix("-") else {
    fail("usage: yara-gate RULES, a file or a directory of *.yar", status: 2)
}
let rules: RuleSet
do throws(RuleSet.Failure) {
    rules = try RuleSet(path: CommandLine.arguments[1])
} catch {
    fail(error.text, status: 2)
}
let scanner = Scanner(rules)
let authorisation = Authorisation(
    operations: [.processExec, .imageLoad], deadlineMilliseconds: Scanner.deadlineMilliseconds, fallback: .allow)
do {
    try await SallyportClient.withConnection(credentials: .fromEnvironment()) { client in
        let vendor = try await client.greet().caller.name
        // What was found by the rules of an earlier start need not hold by these.
        _ = try await client.flushAnswers()
        try await client.answer(
            authorisation,
            ready: { terms in
                say((["ready: \(vendor) with \(rules.count) rules"] + terms.notes).joined(separator: "\n"))
            },
            notice: { notice in say("notice: \(notice.kind.rawValue)") },
            reconnecting: true
        ) { question in
            let finding = await scanner.finding(question)
            say("\(finding) \(question.operation.rawValue) \(question.file.path.text)")
            return finding.answer
        }
    }
} catch {
    fail("yara-gate: \(error)", status: 1)
}
