// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

/// The platform's status for people.
package enum StatusReport {
    package static func lines(_ status: PlatformStatus, on screen: Screen) -> [String] {
        let style = screen.style
        let rows: [(String, String, Style.Paint)] = [
            ("ready", status.ready ? "yes" : "no", status.ready ? .green : .red),
            ("tier", status.tier.rawValue, status.tier == .enforce ? .green : .yellow),
            ("sealed", status.sealed ? "yes" : "no", .plain),
            ("policies", "\(status.policies) with \(status.rules) rules, generation \(status.generation)", .plain),
            ("bundle", status.policyBundle == 0 ? "none" : "version \(status.policyBundle)", .plain),
            ("vendors", "\(status.vendors)", .plain),
            ("processes", "\(status.processes)", .plain),
            ("events", "\(status.events.delivered) delivered", .plain),
            ("lost", "\(status.events.lost)", status.events.lost == 0 ? .plain : .red),
            ("denied", "\(status.events.denied)", .plain),
            ("unresolvable", "\(status.events.unresolvable) decisions", .plain),
            ("kernel", VisibleText(status.kernel).text, .plain),
            ("version", VisibleText(status.version).text, .plain),
            ("daemon", "pid \(status.pid), since \(Timestamp(nanoseconds: status.startedAt).local)", .plain),
        ]
        let indent = 14
        return rows.map { name, value, paint in
            let room = screen.width.map { max(1, $0 - indent) } ?? .max
            return style.dim(name.padded(to: indent)) + style.paint(value.middleTruncated(to: room), paint)
        }
    }
}
