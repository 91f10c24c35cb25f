// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Sallyport

/// `sallyport vendor revoke`
struct VendorRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Revoke every certificate of a vendor, for good.",
        discussion: """
            Its agents are disconnected and its rules removed at once. The name can be enrolled again.

            EXAMPLE
              sallyport vendor revoke acme
            """)

    @Argument(help: "The vendor's name.")
    var name: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let vendor = try await options.withPlatform { try await $0.revokeVendor(named: name) }
        try options.print(json: vendor.json) { VendorReport.lines(vendor, on: $0) }
    }
}
