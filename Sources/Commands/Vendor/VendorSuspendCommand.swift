// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Sallyport

/// `sallyport vendor suspend`
struct VendorSuspendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspend", abstract: "Keep a vendor out until it is resumed.",
        discussion: """
            Its agents are disconnected and its rules withdrawn at once.

            EXAMPLE
              sallyport vendor suspend acme
            """)

    @Argument(help: "The vendor's name.")
    var name: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let vendor = try await options.withPlatform { try await $0.suspendVendor(named: name) }
        try options.print(json: vendor.json) { VendorReport.lines(vendor, on: $0) }
    }
}
