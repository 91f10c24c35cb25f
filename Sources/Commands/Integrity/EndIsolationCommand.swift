// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Sallyport

/// `sallyport integrity end-isolation`
struct EndIsolationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end-isolation",
        abstract: "Have programs executed again, after a violation had isolated the machine.",
        discussion: """
            For the operator; while the platform is sealed only a restart of the machine ends it. What was found stays \
            found: see `sallyport integrity report`. A violation that is found or changes afterwards isolates the machine again.

            EXAMPLES
              sallyport integrity end-isolation
            """)

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let reason = try await options.withPlatform { try await $0.integrity.endIsolation() }
        try options.print(json: ["reason": .string(reason ?? "")]) { _ in
            guard let reason else { return ["the machine wasn't isolated"] }
            return [
                "programs are executed again; the machine was isolated because of", "  \(VisibleText(reason).text)",
            ]
        }
    }
}
