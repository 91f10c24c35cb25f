// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

/// One event or gap as one line: time, verdict, operation, pid, subject → object, rule.
///
/// The line always fits the screen. What gives way, in this order: the fraction of the time, the class of the operation,
/// the rule, the subject; paths are cut in their middle.
package struct EventLine {
    private let screen: Screen
    /// Columns left of the paths.
    private let prefixWidth: Int
    private let short: Bool

    private static let verdictWidth = 5
    private static let pidWidth = 7
    private static let arrow = " → "
    /// Below this width a line has no room for both paths.
    private static let roomForSubject = 28
    private static let roomForRule = 44

    package init(screen: Screen) {
        self.screen = screen
        short = screen.width.map { $0 < 100 } ?? false
        prefixWidth = (short ? 8 : 12) + 1 + Self.verdictWidth + 1 + Self.operationWidth(short) + 1 + Self.pidWidth + 1
    }

    private static func operationWidth(_ short: Bool) -> Int {
        Operation.allCases.reduce(0) { max($0, name($1, short).count) }
    }

    private static func name(_ operation: Operation, _ short: Bool) -> String {
        short ? String(operation.rawValue.drop { $0 != "." }.dropFirst()) : operation.rawValue
    }

    /// The titles of the columns.
    package var title: String {
        let titles =
            "time".padded(to: (short ? 8 : 12) + 1 + Self.verdictWidth) + " "
            + (short ? "op" : "operation").padded(to: Self.operationWidth(short)) + " "
            + "pid".padded(to: Self.pidWidth, right: true) + " "
        let room = screen.width.map { $0 - prefixWidth }
        let bothPaths = room.map { $0 >= Self.roomForSubject } ?? true
        return screen.style.dim(titles + (bothPaths ? "subject → object" : "object"))
    }

    package func line(for element: StreamElement) -> String {
        switch element {
        case .event(let event): line(for: event)
        case .gap(let gap): line(for: gap)
        }
    }

    private func line(for event: Event) -> String {
        let verdict: String =
            switch event.decision.verdict {
            case .allow: screen.style.dim("ALLOW")
            case .deny: screen.style.red("DENY ")
            case .audit: screen.style.yellow("AUDIT")
            }
        let prefix =
            Timestamp(nanoseconds: event.time).localClock(milliseconds: !short) + " " + verdict + " "
            + Self.name(event.operation, short).padded(to: Self.operationWidth(short)) + " "
            + String(event.subject.identity.pid).padded(to: Self.pidWidth, right: true) + " "
        return prefix + paths(of: event)
    }

    private func paths(of event: Event) -> String {
        let subject = Self.subject(event.subject)
        let object = Self.object(event)
        let rule =
            event.decision.policy.isEmpty ? "" : VisibleText("\(event.decision.policy)/\(event.decision.rule)").text
        guard let width = screen.width else {
            return subject + (object.isEmpty ? "" : Self.arrow + object)
                + (rule.isEmpty ? "" : "  " + screen.style.cyan(rule))
        }
        var room = max(1, width - prefixWidth)
        let shownRule = room >= Self.roomForRule && !rule.isEmpty ? rule.middleTruncated(to: room / 3) : ""
        room -= shownRule.isEmpty ? 0 : shownRule.displayWidth + 2
        let tail = shownRule.isEmpty ? "" : "  " + screen.style.cyan(shownRule)
        if object.isEmpty { return subject.middleTruncated(to: room) + tail }
        guard room >= Self.roomForSubject else { return object.middleTruncated(to: room) + tail }
        let half = (room - Self.arrow.count) / 2
        let subjectRoom = max(half, room - Self.arrow.count - object.displayWidth)
        let shownSubject = subject.middleTruncated(to: subjectRoom)
        let objectRoom = room - Self.arrow.count - shownSubject.displayWidth
        return shownSubject + screen.style.dim(Self.arrow) + object.middleTruncated(to: objectRoom) + tail
    }

    private static func subject(_ process: Process) -> String {
        process.exe.bytes.isEmpty ? "(\(VisibleText(process.command).text))" : VisibleText(process.exe).text
    }

    private static func object(_ event: Event) -> String {
        switch event.object {
        case .none: ""
        case .process(let child): "pid \(child.pid)"
        case .exit(let status): status & 0x7F == 0 ? "exit \(status >> 8 & 0xFF)" : "signal \(status & 0x7F)"
        case .file(let file, let interpreter):
            VisibleText(file.path).text + (interpreter.map { " (by \(VisibleText($0).text))" } ?? "")
        }
    }

    private func line(for gap: Gap) -> String {
        let denied = gap.denied > 0 ? ", \(gap.denied) of them denied" : ""
        let counts = Operation.allCases.compactMap { operation in
            gap.counts[operation].map { "\($0) \(operation.rawValue)" }
        }
        let missing = gap.missing.map { ", numbers \($0.lowerBound) to \($0.upperBound)" } ?? ""
        let by = gap.place == .kernel ? "the kernel's ring was full" : "this reader was too slow"
        let text =
            "*** GAP: \(gap.total) events lost\(denied): \(by)\(missing)"
            + (counts.isEmpty ? "" : " (\(counts.joined(separator: ", ")))")
        guard let width = screen.width else { return screen.style.red(text) }
        return Prose.wrap(text, width: width, indent: 4, first: 0).map(screen.style.red).joined(separator: "\n")
    }
}
