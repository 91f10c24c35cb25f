// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import VendorCertificates

/// `sallyport policy modules`
struct PolicyModulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "modules",
        abstract: "List the digests of kernel modules that somebody signed, for a policy.",
        discussion: """
            For `digest: ['file:NAME']` in a rule on image.load_module: modules by who signed them, decided in the kernel by \
            their content. Make the list anew when modules are installed. A signature is looked at here, not when a module is \
            loaded, and of a certificate only the key counts. Standard error tells what was skipped, and why. Nothing is sent \
            to the platform.

            EXAMPLE
              sallyport policy modules --signer signing_key.pem --to modules.sha256
            """)

    @Option(
        help: ArgumentHelp(
            "Modules signed by the keys of these certificates, PEM, or one in DER; repeatable. None lists all modules.",
            valueName: "certificate"))
    var signer: [String] = []

    @Option(help: ArgumentHelp("Where the modules lie. Default: /lib/modules/RELEASE.", valueName: "directory"))
    var below: String?

    @Option(help: ArgumentHelp("Where to write the list; - is standard output.", valueName: "file"))
    var to = "-"

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let streams = options.streams
        var list = ModuleList(signers: try signers())
        let directory = below ?? ModuleFiles.directory
        let paths = try ModuleFiles.below(directory)
        guard !paths.isEmpty else {
            throw CommandFailure(
                .usage,
                "there are no kernel modules below \(VisibleText(directory).text): name their directory by --below")
        }
        for path in paths {
            list.add(try FileContents.read(path, limit: ModuleFiles.maximumSize), path)
        }
        streams.complain(list.remarks)
        guard !list.lines.isEmpty else {
            throw CommandFailure(.findings, "no module is signed by whom you named: nothing is written")
        }
        let lines = list.heading(directory) + list.lines
        if to == "-" { return try streams.print(lines) }
        try NewFile.write(lines.joined(separator: "\n") + "\n", to: to)
    }

    private func signers() throws -> [ModuleSigner] {
        var signers: [ModuleSigner] = []
        for file in signer {
            let bytes = try FileContents.read(file)
            do throws(VendorCertificateError) {
                signers += try ModuleSigner.all(in: bytes)
            } catch {
                throw CommandFailure(.usage, "the certificate \(VisibleText(file).text): \(error.message)")
            }
        }
        return signers
    }
}
