// SPDX-License-Identifier: Apache-2.0

package import RequestEvaluation
import RequestLanguage

/// A request file: what `RequestLanguage` says about it, with the lines that it says it about.
package struct RequestFile {
    /// `nil` when there are mistakes.
    package let request: APIRequest?
    package let diagnostics: [SourceDiagnostic]

    /// - Throws: `CommandFailure` when the file can't be read. That it isn't a request is a diagnostic.
    package init(_ path: String) throws {
        let bytes = try FileContents.read(path)
        let document = RequestDocument.parse(bytes: bytes, file: path)
        request = document.request
        diagnostics = SourceDiagnostic.all(document.diagnostics, in: bytes)
    }

    /// As `sallyport policy check` says what is wrong with policies.
    package var json: JSONObject {
        ["ok": false, "diagnostics": .array(diagnostics.map { .object($0.json) }), "compiled": .null]
    }
}
