// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Sallyport

/// `sallyport protect lift`
struct ProtectLiftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lift",
        abstract: "Lift protections of vendors', by their ids; not after the seal.",
        discussion: """
            EXAMPLES
              sallyport protect lift 3
            """)

    @Argument(help: "Ids, as sallyport protect list shows them.")
    var ids: [UInt64]

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        try await options.withPlatform { try await $0.protection.unprotect(ids) }
        try options.print(json: ["lifted": .array(ids.map(JSONValue.unsigned))]) { _ in
            ["\(ids.count) lifted"]
        }
    }
}
