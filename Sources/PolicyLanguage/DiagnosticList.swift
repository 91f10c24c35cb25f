// SPDX-License-Identifier: Apache-2.0

/// Collects what there is to say about one file.
package struct DiagnosticList {
    let file: String
    /// What the file should hold, for messages.
    let document: String
    private(set) var diagnostics: [Diagnostic] = []
    private var known: Set<Diagnostic> = []

    package init(file: String, document: String = "a policy") {
        self.file = file
        self.document = document
    }

    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    package mutating func error(_ place: Place, _ message: String, instead: String = "") {
        add(.error, place, message, instead)
    }

    mutating func warning(_ place: Place, _ message: String, instead: String = "") {
        add(.warning, place, message, instead)
    }

    private mutating func add(_ severity: Diagnostic.Severity, _ place: Place, _ message: String, _ instead: String) {
        let diagnostic = Diagnostic(
            severity: severity, file: file, line: place.line, column: place.column, message: message, instead: instead)
        if known.insert(diagnostic).inserted { diagnostics.append(diagnostic) }
    }

    /// In the order of the file.
    package var sorted: [Diagnostic] {
        diagnostics.enumerated().sorted {
            ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
        }.map(\.element)
    }
}

/// A line and a column, from 1, the column in Unicode scalars.
package struct Place: Hashable, Comparable, Sendable {
    package var line: Int
    package var column: Int

    package static let start = Place(line: 1, column: 1)

    package static func < (a: Place, b: Place) -> Bool { (a.line, a.column) < (b.line, b.column) }
}
