// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Sallyport

/// `sallyport protect list`
struct ProtectListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List what is protected, for whom, and how often that refused something.",
        discussion: """
            EXAMPLES
              sallyport protect list
              sallyport protect list --output json
            """)

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let entries = try await options.withPlatform { try await $0.protection.list() }
        try options.print(json: ["protections": .array(entries.map { .object($0.json) })]) { screen in
            var table = Table([
                .init("ID", right: true), .init("VENDOR"), .init("WHAT"), .init("REFUSED", right: true),
                .init("SEALED"),
                .init("PATH"),
            ])
            for entry in entries {
                table.append([
                    .init(entry.id == 0 ? "-" : String(entry.id)), .init(entry.vendor), .init(entry.object.word),
                    .init(String(entry.refused)), .init(entry.isSealed ? "yes" : "no"),
                    .init(VisibleText(String(decoding: entry.object.path, as: UTF8.self)).text),
                ])
            }
            return table.lines(on: screen)
        }
    }
}
