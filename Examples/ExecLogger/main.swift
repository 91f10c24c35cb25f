// SPDX-License-Identifier: Apache-2.0

import Glibc
import Sallyport

/// Writes a line at once, into a pipe too.
@Sendable func say(_ line: String) { _ = write(STDOUT_FILENO, line + "\n", line.utf8.count + 1) }

// Tells what is executed, and refuses what lies in a directory: exec-logger [/tmp/refused]. Goes on after the platform was
// away.
let refused = (CommandLine.arguments.dropFirst().first ?? "/tmp/refused") + "/"
await SallyportClient.runAgent { client in
    async let telling: Void = {
        for try await case .event(let event) in client.followEvents(EventFilter(operations: [.processExec])) {
            guard case .file(let file, _) = event.object else { continue }
            say("\(event.decision.verdict) \(event.subject.identity.pid) \(file.path.text)")
        }
    }()
    let greeting = try await client.greet()
    try await client.answer(
        Authorisation(operations: [.processExec], fallback: .allow),
        ready: { _ in say("ready: \(greeting.caller.name) on tier \(greeting.coverage.tier.rawValue)") },
        reconnecting: true
    ) { $0.file.path.text.hasPrefix(refused) ? Answer(.deny, reason: "refused/") : Answer(.allow) }
    try await telling
}
