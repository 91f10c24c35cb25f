// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

/// Vendors and their authority, for people.
package enum VendorReport {
    package static func lines(_ vendors: [Vendor], on screen: Screen) -> [String] {
        guard !vendors.isEmpty else { return ["No vendor is registered. `sallyport vendor enroll` registers one."] }
        var table = Table([
            Table.Column("vendor", minimum: 12), Table.Column("state"), Table.Column("clients", right: true),
            Table.Column("certificate until"), Table.Column("may", minimum: 20),
        ])
        for vendor in vendors {
            table.append([
                Table.Cell(VisibleText(vendor.name).text), state(vendor), Table.Cell(String(vendor.clients)),
                Table.Cell(until(vendor.notAfter)), Table.Cell(vendor.ceiling.words.joined(separator: " ")),
            ])
        }
        return table.lines(on: screen)
    }

    package static func lines(_ vendor: Vendor, on screen: Screen) -> [String] {
        [
            "\(VisibleText(vendor.name).text): \(vendor.state.rawValue)"
                + (vendor.isDevelopment ? ", for development only" : ""),
            "  may          \(vendor.ceiling.words.joined(separator: " "))",
            "  executables  "
                + (vendor.executables.isEmpty ? "any" : vendor.executables.map(\.description).joined(separator: " ")),
            "  enrolled     \(Timestamp(nanoseconds: vendor.enrolledAt).local)",
            "  certificate  \(vendor.notAfter == 0 ? "none yet" : "until " + until(vendor.notAfter))",
            "  clients      \(vendor.clients)",
        ] + quotaLines(vendor.quotas, on: screen)
    }

    private static func quotaLines(_ quotas: [VendorQuota], on screen: Screen) -> [String] {
        guard !quotas.isEmpty else { return [] }
        var table = Table([
            Table.Column("  quota", minimum: 12), Table.Column("has", right: true), Table.Column("of", right: true),
            Table.Column("unit"), Table.Column("refused", right: true),
        ])
        for quota in quotas {
            table.append([
                Table.Cell("  " + VisibleText(quota.limit.name).text), Table.Cell(String(quota.used)),
                Table.Cell(String(quota.limit.value)), Table.Cell(VisibleText(quota.limit.unit).text),
                Table.Cell(String(quota.refused)),
            ])
        }
        return table.lines(on: screen)
    }

    package static func lines(_ authority: VendorAuthority, on screen: Screen) -> [String] {
        var lines = [
            authority.issues
                ? "Certificates are issued on this machine." : "Certificates are issued elsewhere: its key isn't here.",
            "  authority until  \(until(authority.notAfter))",
        ]
        if !authority.revocationProblem.isEmpty {
            lines.append("  revocation list  not in use: \(VisibleText(authority.revocationProblem).text)")
        }
        for (reason, count) in authority.refusals.sorted(by: { $0.key < $1.key }) where count > 0 {
            lines.append("  refused          \(count) \(reason)")
        }
        return lines + authority.certificate.split(separator: "\n").map(String.init)
    }

    private static func state(_ vendor: Vendor) -> Table.Cell {
        switch vendor.state {
        case .active: Table.Cell(vendor.isDevelopment ? "development" : "active")
        case .suspended, .revoked: Table.Cell(vendor.state.rawValue, .red)
        }
    }

    private static func until(_ nanoseconds: UInt64) -> String {
        nanoseconds == 0 ? "-" : Timestamp(nanoseconds: nanoseconds).local
    }
}
