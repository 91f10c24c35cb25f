// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import PolicyTools
import Sallyport

/// `sallyport policy explain`
struct PolicyExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show which rules match an attempt, and why the decision is what it is.",
        discussion: """
            Asks the policies in force or, where files are named, those of the files, without the platform and without \
            root. The attempt is described by options, or is that of a recorded event: --event takes its sequence number \
            and --events the file, lines of `sallyport watch --output json`. (The platform doesn't keep events yet, so \
            both are needed.) An event doesn't say everything: digests, ancestors and supplementary groups are taken as \
            unknown, and named where a policy asks for them.

            Of each policy every rule is shown up to the first that matches, with the first of its conditions that \
            doesn't hold.

            Ends with status 0 when the attempt is allowed (audit included), 1 when it is denied.

            EXAMPLES
              sallyport policy explain --operation process.exec --exe /usr/bin/bash --path /tmp/x
              sallyport policy explain site.yaml --operation process.signal --signal KILL --object-exe /usr/sbin/sshd
              sallyport policy explain --event 4711 --events recorded.jsonl
            """)

    @Argument(help: "Policy files; - is standard input. Without any: the policies in force.")
    var files: [String] = []

    @Option(help: ArgumentHelp("The sequence number of a recorded event.", valueName: "sequence"))
    var event: UInt64?

    @Option(help: ArgumentHelp("The file that it is recorded in.", valueName: "path"), completion: .file())
    var events: String?

    @OptionGroup(title: "The attempt") var attempt: AttemptOptions

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (event == nil) == (events == nil) else {
            throw ValidationError(
                "--event and --events go together: the platform doesn't keep events, so name the file that it is in.")
        }
        if event == nil, attempt.operation == nil { throw ValidationError("Name an --operation, or an --event.") }
        if event != nil, attempt.operation != nil {
            throw ValidationError("An --event has its own operation: leave --operation out.")
        }
    }

    func run() async throws {
        let (recorded, observed) = try recordedEvent()
        let attempt = try observed?.attempt ?? self.attempt.attempt()
        let policies = try await policies()
        let report: PolicyExplanation
        do {
            let checked = try CheckedPolicies(policies, accounts: SystemAccounts.directory(for: policies))
            report = PolicyExplanation(
                try Explanation(attempt, by: checked), event: recorded, missing: observed?.missing(for: policies) ?? [])
        } catch {
            throw CommandFailure(.findings, "\(error)")
        }
        try options.print(json: report.json) { report.lines(on: $0) }
        if report.explanation.outcome.decision.verdict == .deny { throw ExitCode(CommandStatus.findings.rawValue) }
    }

    private func policies() async throws -> [Policy] {
        guard !files.isEmpty else {
            return try await options.withPlatform { try await $0.policies() }.map(\.policy)
        }
        let check = try PolicyCheck(files: files)
        guard !check.hasErrors else {
            let streams = options.streams
            if options.output == .human { streams.complain(check.diagnosticLines(on: streams.error)) }
            throw CommandFailure(.findings, "the policies have errors; `sallyport policy check` shows them")
        }
        return check.policies
    }

    private func recordedEvent() throws -> (Event?, ObservedAttempt?) {
        guard let event, let events else { return (nil, nil) }
        var found: Event?
        try RecordedEvent.forEach(of: events) { element in
            if case .event(let recorded) = element, recorded.sequence == event { found = recorded }
        }
        guard let found else { throw CommandFailure(.usage, "\(events) has no event with the sequence \(event)") }
        guard let observed = ObservedAttempt(found) else {
            throw CommandFailure(
                .usage,
                "event \(event) is a \(found.operation.rawValue), which can only be observed: no policy decides it")
        }
        return (found, observed)
    }
}
