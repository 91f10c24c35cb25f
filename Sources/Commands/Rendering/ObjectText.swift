// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// What an operation was attempted on, how and by which way, as one visible text: `attach of 4711 /usr/sbin/sshd by
/// ptrace`, `/a → /b`, `sysctl /proc/sys/kernel/core_pattern`.
struct ObjectText {
    let text: String

    init(_ event: Event) {
        let details = event.details
        var words = [Self.wanted(details), Self.object(event)].filter { !$0.isEmpty }
        if let credentials = details.credentials {
            words.append(Self.change(from: event.subject.credentials, to: credentials))
        }
        if !details.name.isEmpty {
            let name = VisibleText(details.name).text
            words.append(words.isEmpty ? name : "(\(name))")
        }
        if !details.way.isEmpty { words.append("by \(VisibleText(details.way).text)") }
        text = words.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// What is wanted of the object, in the words that a rule would use, in the order of the model.
    private static func wanted(_ details: EventDetails) -> String {
        if let signal = details.signal { return signal.text }
        if let area = details.area { return area.rawValue }
        let access = Access.allCases.filter(details.access.contains).map(\.rawValue)
        let mappings = MappingKind.allCases.filter(details.mappings.contains).map(\.rawValue)
        return (access + mappings).joined(separator: ",")
    }

    private static func object(_ event: Event) -> String {
        let target = event.details.target.map { VisibleText($0).text } ?? ""
        switch event.object {
        case .none: return target
        case .process(let process):
            let preposition = event.details.signal != nil ? "to" : event.details.access.isEmpty ? "pid" : "of"
            return "\(preposition) \(process.pid)" + (target.isEmpty ? "" : " \(target)")
        case .exit(let status):
            return status & 0x7F == 0 ? "exit \(status >> 8 & 0xFF)" : "signal \(status & 0x7F)"
        case .file(let file, let interpreter):
            return VisibleText(file.path).text + (interpreter.map { " (by \(VisibleText($0).text))" } ?? "")
                + (target.isEmpty ? "" : " → \(target)")
        }
    }

    /// What differs, as `uid 1000 → 0, +CAP_SYS_ADMIN`; empty where nothing does.
    private static func change(from old: Credentials, to new: Credentials) -> String {
        var changes: [String] = []
        func compare(_ name: String, _ old: UInt32, _ new: UInt32) {
            if old != new { changes.append("\(name) \(old) → \(new)") }
        }
        compare("uid", old.uid, new.uid)
        compare("gid", old.gid, new.gid)
        compare("euid", old.effectiveUID, new.effectiveUID)
        compare("egid", old.effectiveGID, new.effectiveGID)
        changes += capabilities("+", new.effectiveCapabilities & ~old.effectiveCapabilities)
        changes += capabilities("-", old.effectiveCapabilities & ~new.effectiveCapabilities)
        return changes.joined(separator: ", ")
    }

    /// Each by its name while they are few: all of root's would fill the line.
    private static func capabilities(_ sign: String, _ bits: UInt64) -> [String] {
        guard bits.nonzeroBitCount <= 3 else { return ["\(sign)\(bits.nonzeroBitCount) capabilities"] }
        return (0..<UInt64.bitWidth).filter { bits >> $0 & 1 == 1 }.map { number in
            sign + (Capability(number: number)?.text ?? "capability \(number)")
        }
    }
}
