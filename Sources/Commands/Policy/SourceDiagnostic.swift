// SPDX-License-Identifier: Apache-2.0

import PolicyLanguage

/// Something to say about a place in the text of a policy or a request.
package struct SourceDiagnostic: Hashable, Sendable {
    package enum Severity: String, Sendable {
        case error
        case warning
        case note
    }

    package var severity: Severity
    /// As it was named on the command line; empty when it is about all files together.
    package var file: String
    /// From 1; 0 when it is about the whole file.
    package var line: Int
    /// From 1, in Unicode scalars; 0 when it is about the whole line.
    package var column: Int
    package var message: String
    /// What to write instead; may be empty.
    package var hint: String
    /// The line that it is about, as it stands in the file.
    package var source: String?

    package init(
        _ severity: Severity, file: String, line: Int, column: Int, message: String, hint: String = "",
        source: String? = nil
    ) {
        self.severity = severity
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.hint = hint
        self.source = source
    }
}

extension SourceDiagnostic {
    /// What the language says about a file, each with the line of `bytes` that it is said about.
    static func all(_ diagnostics: [Diagnostic], in bytes: [UInt8]) -> [SourceDiagnostic] {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return diagnostics.map { diagnostic in
            SourceDiagnostic(
                diagnostic.severity == .error ? .error : .warning, file: diagnostic.file, line: diagnostic.line,
                column: diagnostic.column, message: diagnostic.message, hint: diagnostic.instead,
                source: lines.indices.contains(diagnostic.line - 1)
                    ? String(decoding: lines[diagnostic.line - 1], as: UTF8.self) : nil)
        }
    }
}

extension SourceDiagnostic {
    /// As a compiler prints it: place, message, the line with a caret below the place, and what to write instead.
    package func lines(on screen: Screen) -> [String] {
        let style = screen.style
        let severity: String =
            switch self.severity {
            case .error: style.red("error:")
            case .warning: style.yellow("warning:")
            case .note: style.cyan("note:")
            }
        var place = VisibleText(file).text
        if line > 0 { place += ":\(line)" }
        if line > 0 && column > 0 { place += ":\(column)" }
        // The place stays in one piece, however narrow the screen is, so that editors find it.
        var lines = [(place.isEmpty ? "" : style.bold(place + ":") + " ") + severity + " " + VisibleText(message).text]
        let number = String(line)
        if let source, line > 0 {
            lines += excerpt(of: source, number: number, screen)
        }
        if !hint.isEmpty {
            let margin = String(repeating: " ", count: number.count + 2)
            lines += Prose.wrap(
                "= " + VisibleText(hint).text, width: screen.width, indent: margin.count + 2, first: margin.count)
        }
        return lines
    }

    private func excerpt(of source: String, number: String, _ screen: Screen) -> [String] {
        let style = screen.style
        let scalars = source.unicodeScalars
        let before = VisibleText(String(scalars.prefix(max(0, column - 1)))).text
        let after = VisibleText(String(scalars.dropFirst(max(0, column - 1)))).text
        let margin = String(repeating: " ", count: number.count + 1)
        var (text, caret) = (before + after, before.displayWidth)
        if let width = screen.width {
            let room = max(8, width - margin.count - 3)
            // The place is always on the screen: what is left of it gives way first.
            let shownBefore = before.displayWidth < room / 2 ? before : "…" + before.columns(last: room / 2 - 1)
            caret = shownBefore.displayWidth
            text = shownBefore + after.columns(first: room - caret)
        }
        var lines = [style.dim(" \(number) | ") + text]
        if column > 0 {
            lines.append(style.dim("\(margin) | ") + String(repeating: " ", count: caret) + style.green("^"))
        }
        return lines
    }

    package var json: JSONObject {
        [
            "severity": .string(severity.rawValue), "file": .string(file), "line": .number(line),
            "column": .number(column),
            "message": .string(message), "hint": .string(hint),
        ]
    }
}
