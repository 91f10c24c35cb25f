// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Sallyport
import VendorCertificates

/// `sallyport vendor renew`
struct VendorRenewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew",
        abstract: "Give a registered vendor a further certificate, for a new key.",
        discussion: """
            Replaces key.pem and certificate.pem in the directory. The former certificate stays good until it ends.

            EXAMPLE
              sallyport vendor renew acme --out acme
            """)

    @Argument(help: "The vendor's name.")
    var name: String

    @Option(help: ArgumentHelp("The directory that `vendor enroll` wrote.", valueName: "directory"))
    var out: String

    @Option(help: ArgumentHelp("Kind of key: p256 or ed25519.", valueName: "kind"))
    var key: KeyAlgorithm = .p256

    @Option(help: ArgumentHelp("How long the certificate is valid, such as 24h or 2160h.", valueName: "duration"))
    var validity: DurationArgument?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let folder = try CredentialsFolder.existing(out)
        let validity = validity.map { UInt64($0.duration.components.seconds) }
        let credentials = try NewCredentials(name: name, algorithm: key, entitlements: .none, executables: [])
        let renewed = try await options.withPlatform {
            try await $0.renewVendor(named: name, request: credentials.request, validity: validity)
        }
        try folder.replace(credentials, certificate: renewed.certificate)
        try options.print(json: renewed.vendor.json) { VendorReport.lines(renewed.vendor, on: $0) }
    }
}
