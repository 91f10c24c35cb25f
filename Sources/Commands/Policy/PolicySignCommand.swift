// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import PolicyBundles
import VendorCertificates

/// `sallyport policy sign`
struct PolicySignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Make a signed bundle of policy files.",
        discussion: """
            For `policy apply --bundle`, which puts it in force in place of all of the site's policies, also under the seal. \
            The key is that of the authority that the machines trust: of the certificate that sallyportd was started with \
            (--policy-authority), or that of vendors. Sign where the key is kept, not on a machine that it is to hold on: \
            who has the key can weaken policies. A version is used once, and the next \
            is higher. Nothing is sent to the platform.

            EXAMPLE
              sallyport policy sign --key policy.key --bundle-version 7 --to site-7.bundle base.yaml web.yaml
            """)

    @Argument(help: "All of the site's policy files; none makes a bundle that takes all policies away.")
    var files: [String] = []

    @Option(help: ArgumentHelp("The authority's key, PEM.", valueName: "file"))
    var key: String

    @Option(name: .customLong("bundle-version"), help: "Greater than that of every bundle before.")
    var version: UInt64

    @Option(help: ArgumentHelp("Where to write it; - is standard output.", valueName: "file"))
    var to = "-"

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let check = try PolicyCheck(files: files)
        let streams = options.streams
        streams.complain(check.diagnosticLines(on: streams.error))
        if check.hasErrors { throw ExitCode(CommandStatus.findings.rawValue) }
        let pem = String(decoding: try FileContents.read(key), as: UTF8.self)
        let text: String
        do throws(VendorCertificateError) {
            let key = try SigningKey(pem: pem)
            text = try SignedPolicyBundle(PolicyBundle(version: version, policies: check.policies), key: key).pem
        } catch {
            throw CommandFailure(.usage, error.message)
        }
        if to == "-" { return try streams.print(String(text.dropLast())) }
        try NewFile.write(text, to: to)
    }
}
