// SPDX-License-Identifier: Apache-2.0

package import EndpointModel
import PolicyCompiler

/// What checking policy files gives: the policies, what there is to say, and what they cost once compiled.
package struct PolicyCheck: Sendable {
    package struct Figures: Hashable, Sendable {
        package var policies = 0
        package var rules = 0
        package var patterns = 0
        package var states = 0
        /// Bytes of the tables that the kernel programs decide by.
        package var bytes = 0

        package init() {}
    }

    package private(set) var policies: [Policy] = []
    package private(set) var diagnostics: [SourceDiagnostic] = []
    /// `nil` when there were errors.
    package private(set) var figures: Figures?

    /// Reads and checks files. - Throws: `CommandFailure` when one can't be read.
    package init(files: [String]) throws {
        for file in files {
            let text = try PolicyFile(file)
            policies += text.policies
            diagnostics += text.diagnostics
        }
        if !hasErrors { compile() }
    }

    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// Compiled by what the platform compiles by, so that a limit or a clash of names shows before anything is sent.
    private mutating func compile() {
        do {
            let tables = try PolicyCompiler.compile(
                policies, accounts: SystemAccounts.directory(for: policies))
            var figures = Figures()
            figures.policies = tables.statistics.policies
            figures.rules = tables.statistics.rules
            figures.patterns = tables.statistics.patterns
            figures.states = tables.statistics.states
            figures.bytes = tables.statistics.bytes
            self.figures = figures
            diagnostics += tables.notes.map { SourceDiagnostic(.note, file: "", line: 0, column: 0, message: $0) }
        } catch {
            diagnostics.append(SourceDiagnostic(.error, file: "", line: 0, column: 0, message: "\(error)"))
        }
    }
}

extension PolicyCheck {
    package func diagnosticLines(on screen: Screen) -> [String] {
        diagnostics.flatMap { $0.lines(on: screen) }
    }

    /// One sentence about what was found.
    package func verdict(on screen: Screen) -> [String] {
        guard let figures else {
            let errors = diagnostics.count { $0.severity == .error }
            return [screen.style.red(PolicyReport.count(errors, "error", "errors"))]
        }
        let sentence =
            "ok: \(PolicyReport.count(figures.policies, "policy", "policies")),"
            + " \(PolicyReport.count(figures.rules, "rule", "rules")),"
            + " \(PolicyReport.count(figures.patterns, "path pattern", "path patterns")),"
            + " \(PolicyReport.count(figures.states, "state", "states")), \(Self.size(figures.bytes)) of tables"
        return Prose.wrap(sentence, width: screen.width, indent: 4, first: 0).map(screen.style.green)
    }

    package var json: JSONObject {
        [
            "ok": .bool(!hasErrors), "diagnostics": .array(diagnostics.map { .object($0.json) }),
            "compiled": figures.map { figures in
                .object([
                    "policies": .number(figures.policies), "rules": .number(figures.rules),
                    "patterns": .number(figures.patterns), "states": .number(figures.states),
                    "bytes": .number(figures.bytes),
                ])
            } ?? .null,
        ]
    }

    private static func size(_ bytes: Int) -> String {
        switch bytes {
        case ..<10_000: "\(bytes) bytes"
        case ..<10_000_000: "\((bytes + 512) / 1024) KiB"
        default: "\((bytes + (1 << 19)) >> 20) MiB"
        }
    }
}
