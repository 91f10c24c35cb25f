// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sallyport

/// `sallyport policy apply`
struct PolicyApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Check policy files and put them in force, all of them or none.",
        discussion: """
            A policy replaces the one of the same name; others stay. Nothing is sent when a file has errors; warnings don't \
            stop it. When the command ends with status 0, the kernel decides by the new policies.

            A bundle (policy sign) takes the place of all of the site's policies, also under the seal. Vendors' stay.

            EXAMPLES
              sallyport policy apply no-code-from-tmp.yaml
              sallyport policy apply --bundle site-7.bundle
            """)

    @Argument(help: "Policy files; - is standard input.")
    var files: [String] = []

    @Option(help: ArgumentHelp("A bundle signed by the site's authority; - is standard input.", valueName: "file"))
    var bundle: String?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard files.isEmpty != (bundle == nil) else {
            throw ValidationError("give policy files, or --bundle with one file")
        }
    }

    func run() async throws {
        if let bundle {
            let receipt = try await options.withPlatform { [bundle = try PolicyBundleFile.read(bundle)] in
                try await $0.applyPolicies(bundle)
            }
            return try options.print(json: receipt.json) { PolicyReport.lines(receipt, on: $0) }
        }
        let check = try PolicyCheck(files: files)
        let streams = options.streams
        if options.output == .human { streams.complain(check.diagnosticLines(on: streams.error)) }
        if check.hasErrors {
            switch options.output {
            case .json: try streams.print(JSONValue.object(check.json).text)
            case .human: streams.complain(check.verdict(on: streams.error))
            }
            throw ExitCode(CommandStatus.findings.rawValue)
        }
        let receipt = try await options.withPlatform { try await $0.applyPolicies(check.policies) }
        try options.print(json: receipt.json) { PolicyReport.lines(receipt, on: $0) }
    }
}
