// SPDX-License-Identifier: Apache-2.0

public import APICatalogue
public import PolicyLanguage
public import RequestEvaluation

/// A request file: YAML text → a checked request. `docs/criteria/CRITERIA.md` describes the keys.
///
/// As with policies, reading never stops at the first mistake, and anything that isn't understood is an error.
public struct RequestDocument: Sendable {
    /// `nil` if there is any error.
    public let request: APIRequest?
    /// In the order of the file.
    public let diagnostics: [Diagnostic]

    /// Reads `bytes`, which must be UTF-8 and at most 1 MiB.
    ///
    /// - Parameters:
    ///   - file: the file's name, for the diagnostics.
    ///   - api: the API that words of the request are checked against.
    public static func parse(bytes: [UInt8], file: String, api: APISchema = .recorded) -> RequestDocument {
        let yaml = YAMLFile(bytes: bytes, file: file, document: "a request")
        var reader = RequestReader(diagnostics: yaml.diagnostics)
        if yaml.documents.isEmpty, !reader.diagnostics.hasErrors {
            reader.diagnostics.error(
                .start, "the file holds no request",
                instead: "begin with 'apiVersion: sallyport.dev/v1'; docs/criteria/request-template.yaml is a whole one"
            )
        }
        let request = yaml.documents.first.flatMap { reader.request($0) }
        if yaml.documents.count > 1 {
            reader.diagnostics.error(
                yaml.documents[1].place, "the file holds \(yaml.documents.count) requests",
                instead: "write one request a file, as each gets its own decision")
        }
        return RequestDocument(
            request: reader.diagnostics.hasErrors ? nil : request, diagnostics: reader.diagnostics.sorted)
    }
}
