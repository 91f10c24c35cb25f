// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import EndpointModel
import Sallyport

/// `sallyport integrity baseline`
struct IntegrityBaselineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baseline",
        abstract: "What the kernel is compared with, and what it has changed of that itself, by cause.",
        discussion: """
            EXAMPLES
              sallyport integrity baseline
              sallyport integrity baseline --check kernel-text --output json
            """)

    @Option(help: ArgumentHelp("Only of this check.", valueName: "name"))
    var check: String?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let (status, changes) = try await options.withPlatform { client in
            (try await client.integrity.status(), try await client.integrity.explained(by: check ?? ""))
        }
        let checks = status.checks.filter { $0.name == check ?? $0.name }
        try options.print(json: [
            "baseline": .string(status.baseline),
            "checks": .array(
                checks.map { ["name": .string($0.name), "baseline": .string($0.baseline)] }.map(JSONValue.object)),
            "explained": .array(changes.map { .object($0.json) }),
        ]) { _ in
            var lines = ["baseline: \(VisibleText(status.baseline).text)"]
            for check in checks where !check.baseline.isEmpty {
                lines.append("\(VisibleText(check.name).text): \(VisibleText(check.baseline).text)")
            }
            for (kind, changes) in Dictionary(grouping: changes, by: \.kind).sorted(by: { $0.key < $1.key }) {
                let places = changes.reduce(0) { $0 + $1.places }
                lines.append(
                    "\(places) places changed by \(VisibleText(kind).text)\(changes.count > 1 ? ", \(changes.count) of them" : "")"
                )
            }
            return lines
        }
    }
}

extension ExplainedChange {
    package var json: JSONObject {
        ["kind": .string(kind), "name": .string(name), "places": .number(places), "first": .string(first)]
    }
}
