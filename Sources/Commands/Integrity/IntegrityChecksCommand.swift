// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Sallyport

/// `sallyport integrity checks`
struct IntegrityChecksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checks",
        abstract: "The checks: what each looks at, how soon it finds a change, and what is done about one.",
        discussion: """
            EXAMPLES
              sallyport integrity checks
            """)

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let status = try await options.withPlatform { try await $0.integrity.status() }
        try options.print(json: status.json) { screen in
            var table = Table([
                .init("CHECK"), .init("WITHIN", right: true), .init("RESPONSE"), .init("LOOKS AT", minimum: 20),
            ])
            for check in status.checks {
                table.append([
                    .init(VisibleText(check.name).text),
                    .init("\(check.isFull ? status.fullMaximum : status.fastMaximum) s"),
                    .init("\(check.response)"), .init(VisibleText(check.covers).text),
                ])
            }
            return table.lines(on: screen)
        }
    }
}
