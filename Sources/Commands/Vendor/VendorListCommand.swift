// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Sallyport

/// `sallyport vendor list`
struct VendorListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the registered vendors.",
        discussion: """
            EXAMPLE
              sallyport vendor list
            """)

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let vendors = try await options.withPlatform { try await $0.vendors() }
        try options.print(json: ["vendors": .array(vendors.map { .object($0.json) })]) {
            VendorReport.lines(vendors, on: $0)
        }
    }
}

/// `sallyport vendor show`
struct VendorShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one vendor.",
        discussion: """
            EXAMPLE
              sallyport vendor show acme
            """)

    @Argument(help: "The vendor's name.")
    var name: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let vendor = try await options.withPlatform { try await $0.vendor(named: name) }
        try options.print(json: vendor.json) { VendorReport.lines(vendor, on: $0) }
    }
}
