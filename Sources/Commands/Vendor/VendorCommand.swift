// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sallyport

/// `sallyport vendor`
struct VendorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vendor",
        abstract: "Register the vendors whose agents may use the API.",
        discussion: """
            A vendor's agents prove who they are by a certificate that says what they may do. The platform makes an \
            authority for this machine at its first start; `vendor authority import` takes a site's own instead.

            EXAMPLES
              sallyport vendor enroll acme --entitlement notify:* --entitlement ask:process.exec --out acme
              sallyport vendor list
              sallyport vendor revoke acme
            """,
        subcommands: [
            VendorAuthorityCommand.self, VendorEnrollCommand.self, VendorListCommand.self, VendorShowCommand.self,
            VendorSuspendCommand.self, VendorResumeCommand.self, VendorRevokeCommand.self, VendorRenewCommand.self,
        ])
}
