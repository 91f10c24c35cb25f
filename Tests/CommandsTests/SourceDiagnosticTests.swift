// SPDX-License-Identifier: Apache-2.0

import Commands
import Testing

@Suite struct SourceDiagnosticTests {
    private func diagnostic(_ source: String, column: Int) -> SourceDiagnostic {
        SourceDiagnostic(
            .error, file: "policy.yaml", line: 7, column: column, message: "unknown operation 'process.exce'",
            hint: "write process.exec", source: source)
    }

    @Test func `A diagnostic looks as a compiler's`() {
        let lines = diagnostic("      on: [process.exce]", column: 12).lines(
            on: Screen(style: Style(colored: false), width: 80))
        #expect(
            lines == [
                "policy.yaml:7:12: error: unknown operation 'process.exce'",
                " 7 |       on: [process.exce]",
                "   |            ^",
                "   = write process.exec",
            ])
    }

    @Test(arguments: [40, 80, 200]) func `The caret stays below its character however long the line is`(width: Int) {
        let source = String(repeating: "日 ", count: 100) + "X" + String(repeating: " b", count: 300)
        let lines = diagnostic(source, column: 201).lines(on: Screen(style: Style(colored: false), width: width))
        #expect(lines[1].displayWidth <= width)
        let position = lines[1].split(separator: "X")[0].description.displayWidth
        #expect(lines[2].displayWidth == position + 1)
        #expect(lines[2].last == "^")
    }

    @Test func `A hostile line is shown without its effects`() {
        let lines = diagnostic("\tname: \u{1B}[2Jx", column: 8).lines(
            on: Screen(style: Style(colored: false), width: nil))
        #expect(lines[1] == #" 7 | \tname: \x1b[2Jx"#)
        #expect(lines[2] == "   | " + String(repeating: " ", count: 8) + "^")
    }

    @Test func `A place that isn't known is left out`() {
        let diagnostic = SourceDiagnostic(.warning, file: "", line: 0, column: 0, message: "m")
        #expect(diagnostic.lines(on: Screen(style: Style(colored: false), width: 40)) == ["warning: m"])
    }
}
