// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Sallyport

/// `sallyport vendor authority`
struct VendorAuthorityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "authority",
        abstract: "Choose the authority that vendors' certificates are issued by.",
        discussion: """
            EXAMPLES
              sallyport vendor authority show
              sallyport vendor authority import site-ca.pem --key site-ca.key
            """,
        subcommands: [Show.self, Init.self, Import.self])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show the authority, and what was refused.",
            discussion: """
                EXAMPLE
                  sallyport vendor authority show --output json
                """)

        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let authority = try await options.withPlatform { try await $0.authority() }
            try options.print(json: authority.json) { VendorReport.lines(authority, on: $0) }
        }
    }

    struct Init: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "init", abstract: "Make a new authority on this machine.",
            discussion: """
                Refused while vendors are registered: what they hold would be worthless. Agents' connections are served \
                with it from the next start of the platform on.

                EXAMPLE
                  sallyport vendor authority init --name "Example Ltd, host 7"
                """)

        @Option(help: "The name that certificates show. Default: the machine's.")
        var name = ""

        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let authority = try await options.withPlatform { try await $0.initAuthority(name: name) }
            try options.print(json: authority.json) { VendorReport.lines(authority, on: $0) }
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import", abstract: "Take an authority of the site's over.",
            discussion: """
                Without --key, certificates are issued where the key is: `vendor enroll` writes a request then, and \
                `vendor enroll --certificate` registers what was issued.

                EXAMPLE
                  sallyport vendor authority import site-ca.pem
                """)

        @Argument(help: "The authority's certificate, PEM.")
        var certificate: String

        @Option(help: ArgumentHelp("The authority's key, PEM, to issue certificates here.", valueName: "file"))
        var key: String?

        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let certificate = String(decoding: try FileContents.read(certificate), as: UTF8.self)
            let key = try key.map { String(decoding: try FileContents.read($0), as: UTF8.self) }
            let authority = try await options.withPlatform {
                try await $0.importAuthority(certificate: certificate, key: key)
            }
            try options.print(json: authority.json) { VendorReport.lines(authority, on: $0) }
        }
    }
}
