// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

/// The policies in force as a list, and the receipt of a change.
package enum PolicyReport {
    package static func lines(_ policies: [InstalledPolicy], on screen: Screen) -> [String] {
        guard !policies.isEmpty else { return ["no policy is in force; install one by `sallyport policy apply FILE`"] }
        var table = Table([
            Table.Column("name", minimum: 12), Table.Column("vendor", minimum: 4), Table.Column("mode"),
            Table.Column("rules", right: true), Table.Column("installed", minimum: 0),
            Table.Column("summary", minimum: 0),
        ])
        for installed in policies {
            let policy = installed.policy
            table.append([
                Table.Cell(VisibleText(policy.name).text, .bold), Table.Cell(VisibleText(policy.vendor).text),
                Table.Cell(policy.mode.rawValue, policy.mode == .enforce ? .plain : .yellow),
                Table.Cell(String(policy.rules.count)), Table.Cell(Timestamp(nanoseconds: installed.installedAt).local),
                Table.Cell(VisibleText(policy.summary).text),
            ])
        }
        return table.lines(on: screen)
    }

    package static func lines(_ receipt: PolicyReceipt, on screen: Screen) -> [String] {
        let sentence =
            "in force: generation \(receipt.generation), \(count(receipt.policies, "policy", "policies")),"
            + " \(count(receipt.rules, "rule", "rules")), \(count(receipt.patterns, "path pattern", "path patterns")),"
            + " \(count(receipt.states, "state", "states"))"
        return Prose.wrap(sentence, width: screen.width, indent: 2, first: 0)
            + receipt.notes.flatMap {
                Prose.wrap("note: \(VisibleText($0).text)", width: screen.width, indent: 2, first: 0)
                    .map(screen.style.yellow)
            }
    }

    static func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }
}
