// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// `docs/OPERATIONS.md`: every operation with its object, fields, words and hooks, from the catalogue.
///
/// The text is the same whenever and wherever it is made; a test compares the file with it.
public enum OperationsDocument {
    /// The document, with a line feed at its end.
    public static func markdown() -> String {
        (head + Operation.Class.allCases.flatMap(section)).joined(separator: "\n") + "\n"
    }

    private static let head = [
        "<!-- Generated from Sources/PolicyLanguage/OperationsDocument.swift and",
        "     Sources/EndpointModel/OperationCatalogue.swift: SALLYPORT_WRITE_DOCUMENTS=1 make test. -->",
        "<!-- SPDX-License-Identifier: Apache-2.0 -->",
        "# Operations",
        "",
        "What can be seen and decided, class by class. The names are stable. [POLICY.md](POLICY.md) says how rules select by",
        "them; which of them a kernel covers, `sallyport doctor` says.",
        "",
        "*Notify*: there are events. *Deny*: the kernel programs can refuse it, at tier `enforce`. *Ask*: a rule may say",
        "`action: ask`, which [asks agents](POLICY.md#ask). Every rule can select by all fields of the",
        "[subject](POLICY.md#fields); the fields below are the object's.",
    ]

    private static func section(_ group: Operation.Class) -> [String] {
        let rows = OperationCatalogue.all.filter { $0.operation.class == group }
        let table =
            ["", "## \(group.rawValue)", "", "| operation | object | notify | deny | ask |", "|---|---|---|---|---|"]
            + rows.map { row in
                let name = row.operation.rawValue
                let answers = ["yes", answer(row.canDeny), answer(row.canAsk)].joined(separator: " | ")
                return "| [`\(name)`](#\(anchor(name))) | \(row.object.rawValue) | \(answers) |"
            }
        return table + rows.flatMap(section)
    }

    private static func section(_ row: OperationDescription) -> [String] {
        var lines = ["", "### \(row.operation.rawValue)", "", row.summary]
        if !row.note.isEmpty { lines.append(row.note) }
        lines += ["", "- Object: \(object(of: row.object))"]
        if row.hasSignal { lines.append("- `signal`: by name (`KILL`, `SIGKILL`) or number, 0 to \(Signal.maximum).") }
        lines.append("- Notify: yes. Deny: \(answer(row.canDeny)). Ask: \(answer(row.canAsk)).")
        lines.append("- Hooks: " + row.hooks.map { "`\($0)`" }.joined(separator: ", ") + ".")
        lines += words("access", row.access.map { ($0.rawValue, $0.meaning) })
        if row.hasMapping { lines += words("mapping", MappingKind.allCases.map { ($0.rawValue, $0.meaning) }) }
        if row.hasArea { lines += words("area", KernelArea.allCases.map { ($0.rawValue, $0.meaning) }) }
        return lines
    }

    private static func object(of object: OperationDescription.Object) -> String {
        // Vendors' processes and files can't be selected yet: POLICY.md.
        let fields = object.fields.filter { $0 != .vendor }.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        return switch object {
        case .file: "a file, by \(fields)."
        case .memory: "the file behind the memory, if any, by \(fields)."
        case .process: "a process, by \(fields)."
        case .program: "a program, which no field selects."
        case .area: "an area of the kernel, by `area`; the file that leads there, if any, by \(fields)."
        case .none: "none that could be selected."
        }
    }

    private static func words(_ key: String, _ words: [(word: String, meaning: String)]) -> [String] {
        if words.isEmpty { return [] }
        return ["", "| `\(key)` | |", "|---|---|"] + words.map { "| `\($0.word)` | \($0.meaning) |" }
    }

    private static func answer(_ isSo: Bool) -> String { isSo ? "yes" : "no" }

    /// As the usual renderers make it of a heading.
    private static func anchor(_ heading: String) -> String { heading.filter { $0 != "." } }
}
