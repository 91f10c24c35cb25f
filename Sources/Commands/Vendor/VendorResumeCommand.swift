// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Sallyport

/// `sallyport vendor resume`
struct VendorResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a suspended vendor in again.",
        discussion: """
            Its rules are in force again.

            EXAMPLE
              sallyport vendor resume acme
            """)

    @Argument(help: "The vendor's name.")
    var name: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let vendor = try await options.withPlatform { try await $0.resumeVendor(named: name) }
        try options.print(json: vendor.json) { VendorReport.lines(vendor, on: $0) }
    }
}
