// SPDX-License-Identifier: Apache-2.0

package import EndpointModel

/// One event or gap as one line: time, verdict, operation, pid, subject → object, rule.
///
/// The line always fits the screen. What gives way, in this order: the fraction of the time, the class of the operation
/// where the verb alone tells, the end of the operation's name, the rule, on a narrow screen the alignment of the
/// columns, the subject; paths are cut in their middle.
package struct EventLine {
    private let screen: Screen
    private let width: WidthClass

    /// How much a screen has room for.
    private enum WidthClass {
        /// Below 60 columns: nothing is aligned, as blanks take what the object needs.
        case narrow
        /// Below 100.
        case medium
        case wide

        init(_ width: Int?) {
            self =
                switch width {
                case nil: .wide
                case let width? where width < 60: .narrow
                case let width? where width < 100: .medium
                default: .wide
                }
        }
    }

    private static let verdictWidth = 5
    private static let pidWidth = 7
    private static let arrow = " → "
    /// Below this width a line has no room for both paths.
    private static let roomForSubject = 28
    private static let roomForRule = 44

    package init(screen: Screen) {
        self.screen = screen
        width = WidthClass(screen.width)
    }

    /// Columns of an operation's name. Shortened to fewer, some names would be alike.
    private var operationWidth: Int {
        switch width {
        case .narrow: 10
        case .medium: 12
        case .wide: Self.longestName
        }
    }

    private static let longestName = Operation.allCases.reduce(0) { max($0, $1.rawValue.count) }

    /// Verbs that several classes have: `open` alone could be a file's or a process's.
    private static let sharedVerbs: Set<Substring> = {
        let verbs = Operation.allCases.map(verb)
        return Set(verbs.filter { verb in verbs.count { $0 == verb } > 1 })
    }()

    private static func verb(_ operation: Operation) -> Substring {
        operation.rawValue.drop { $0 != "." }.dropFirst()
    }

    /// The operation's name as far as the screen has room for it.
    package func name(_ operation: Operation) -> String {
        let verb = Self.verb(operation)
        let name = width == .wide || Self.sharedVerbs.contains(verb) ? operation.rawValue : String(verb)
        return name.count <= operationWidth ? name : name.prefix(operationWidth - 1) + "…"
    }

    /// Names and numbers in columns, unless the screen is narrow.
    private func aligned(_ text: String, to columns: Int, right: Bool = false) -> String {
        width == .narrow ? text : text.padded(to: columns, right: right)
    }

    /// The titles of the columns.
    package var title: String {
        let titles =
            "time".padded(to: (width == .wide ? 12 : 8) + 1 + Self.verdictWidth) + " "
            + aligned(width == .wide ? "operation" : "op", to: operationWidth) + " "
            + aligned("pid", to: Self.pidWidth, right: true) + " "
        return screen.style.dim(titles + (room(after: titles) >= Self.roomForSubject ? "subject → object" : "object"))
    }

    /// Columns that are left on the line; at least one.
    private func room(after prefix: String) -> Int {
        screen.width.map { max(1, $0 - prefix.displayWidth) } ?? .max
    }

    package func line(for element: StreamElement) -> String {
        switch element {
        case .event(let event): line(for: event)
        case .gap(let gap): line(for: gap)
        case .sync(let marker): screen.style.dim("--- marker \(marker)")
        case .process(let process): screen.style.dim("running \(process.identity.pid) \(process.exe.text)")
        }
    }

    private func line(for event: Event) -> String {
        let verdict: String =
            switch event.decision.verdict {
            case .allow: screen.style.dim("ALLOW")
            case .deny: screen.style.red("DENY ")
            case .audit: screen.style.yellow("AUDIT")
            }
        let time = Timestamp(nanoseconds: event.time).localClock(milliseconds: width == .wide) + " "
        let columns =
            " " + aligned(name(event.operation), to: operationWidth) + " "
            + aligned(String(event.subject.identity.pid), to: Self.pidWidth, right: true) + " "
        // Without the verdict's colour, which takes no columns.
        let room = room(after: time + columns) - Self.verdictWidth
        return time + verdict + columns + paths(of: event, room: max(1, room))
    }

    /// The rule that decided, or whose answer or default it was.
    private static func decider(_ decision: Decision) -> String {
        if !decision.cause.isEmpty { return VisibleText("\(decision.vendor) \(decision.cause)").text }
        return decision.policy.isEmpty ? "" : VisibleText("\(decision.policy)/\(decision.rule)").text
    }

    private func paths(of event: Event, room: Int) -> String {
        let subject = Self.subject(event.subject)
        let object = ObjectText(event).text
        let rule = Self.decider(event.decision)
        guard screen.width != nil else {
            return subject + (object.isEmpty ? "" : Self.arrow + object)
                + (rule.isEmpty ? "" : "  " + screen.style.cyan(rule))
        }
        var room = room
        let shownRule = room >= Self.roomForRule && !rule.isEmpty ? rule.middleTruncated(to: room / 3) : ""
        room -= shownRule.isEmpty ? 0 : shownRule.displayWidth + 2
        let tail = shownRule.isEmpty ? "" : "  " + screen.style.cyan(shownRule)
        if object.isEmpty { return subject.middleTruncated(to: room) + tail }
        guard room >= Self.roomForSubject else { return object.middleTruncated(to: room) + tail }
        // The subject gives way first, as the object says what was wanted of whom.
        let third = (room - Self.arrow.count) / 3
        let subjectRoom = max(third, room - Self.arrow.count - object.displayWidth)
        let shownSubject = subject.middleTruncated(to: subjectRoom)
        let objectRoom = room - Self.arrow.count - shownSubject.displayWidth
        return shownSubject + screen.style.dim(Self.arrow) + object.middleTruncated(to: objectRoom) + tail
    }

    private static func subject(_ process: Process) -> String {
        process.exe.bytes.isEmpty ? "(\(VisibleText(process.command).text))" : VisibleText(process.exe).text
    }

    private func line(for gap: Gap) -> String {
        let denied = gap.denied > 0 ? ", \(gap.denied) of them denied" : ""
        let counts = Operation.allCases.compactMap { operation in
            gap.counts[operation].map { "\($0) \(operation.rawValue)" }
        }
        let missing = gap.missing.map { ", numbers \($0.lowerBound) to \($0.upperBound)" } ?? ""
        let by =
            switch gap.place {
            case .kernel: "the kernel's ring was full"
            case .subscriber: "this reader was too slow"
            case .connection: "there was no connection"
            }
        let lost = gap.place == .connection && gap.total == 0 ? "an unknown number of" : String(gap.total)
        let text =
            "*** GAP: \(lost) events lost\(denied): \(by)\(missing)"
            + (counts.isEmpty ? "" : " (\(counts.joined(separator: ", ")))")
        guard let width = screen.width else { return screen.style.red(text) }
        return Prose.wrap(text, width: width, indent: 4, first: 0).map(screen.style.red).joined(separator: "\n")
    }
}
