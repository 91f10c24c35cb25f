// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import PolicyTools
import Sallyport

/// `sallyport policy diff`
struct PolicyDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show which decisions change between two policy files, or by applying one.",
        discussion: """
            Not the lines of the files are compared but what they decide: of everything that the rules of either can tell \
            apart, one attempt is decided by both. A change that only another rule decides is none. Each change is shown \
            with the rules that decide before and after, their conditions, and an attempt as an example. If it can't be \
            said that these are all, the end says so.

            All policies of a file count as in force together. With one file, what is in force now is compared with what \
            would be if the file was applied. Names of users and groups are looked up on this machine. Ends with status 0 \
            when no decision changes, 1 when some do, 2 when a file can't be read or has errors, 3 when the platform is \
            asked and can't be reached.

            EXAMPLES
              sallyport policy diff old.yaml new.yaml
              sallyport policy diff no-code-from-tmp.yaml
            """)

    @Argument(
        help: "Files with the policies of before and of after, or only the latter; - is standard input.",
        completion: .file(extensions: ["yaml", "yml"]))
    var files: [String]

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (1...2).contains(files.count) else { throw ValidationError("Name one file, or two.") }
        if files == ["-", "-"] { throw ValidationError("Only one of the files can be standard input.") }
    }

    func run() async throws {
        var after = try policies(files.last ?? "")
        let before: [Policy]
        if files.count == 2 {
            before = try policies(files[0])
        } else {
            before = try await options.withPlatform { try await $0.policies() }.map(\.policy)
            after = Self.applied(after, to: before)
        }
        let report: PolicyDiffReport
        do {
            // Accounts of both, so that a name is one number on both sides.
            let accounts = SystemAccounts.directory(for: before + after)
            report = PolicyDiffReport(
                try PolicyDifference(
                    try CheckedPolicies(before, accounts: accounts), try CheckedPolicies(after, accounts: accounts)))
        } catch {
            throw CommandFailure(.usage, "the policies can't be compared: \(error)")
        }
        try options.print(json: report.json) { report.lines(on: $0) }
        if !report.difference.changes.isEmpty { throw ExitCode(CommandStatus.findings.rawValue) }
    }

    /// A policy replaces the one of the same name; others stay.
    private static func applied(_ policies: [Policy], to inForce: [Policy]) -> [Policy] {
        inForce.map { old in policies.first { $0.name == old.name } ?? old }
            + policies.filter { new in !inForce.contains { $0.name == new.name } }
    }

    private func policies(_ file: String) throws -> [Policy] {
        let text = try PolicyFile(file)
        let errors = text.diagnostics.filter { $0.severity == .error }
        guard errors.isEmpty else {
            let streams = options.streams
            if options.output == .human { streams.complain(errors.flatMap { $0.lines(on: streams.error) }) }
            throw CommandFailure(.usage, "\(file) has errors; `sallyport policy check` shows them")
        }
        return text.policies
    }
}
