// SPDX-License-Identifier: Apache-2.0

/// A YAML file of the project's own kind, read by the rules that hold for policies: at most 1 MiB of UTF-8; no anchors,
/// tags, directives or block scalars; whatever is wrong has a place.
package struct YAMLFile {
    /// The documents, empty ones left out.
    package let documents: [YAMLTree]
    package let diagnostics: DiagnosticList

    /// - Parameters:
    ///   - file: the file's name, for the diagnostics.
    ///   - document: what it should hold, such as `a request`.
    package init(bytes: [UInt8], file: String, document: String) {
        var diagnostics = DiagnosticList(file: file, document: document)
        guard let text = Self.text(bytes, &diagnostics) else {
            documents = []
            self.diagnostics = diagnostics
            return
        }
        var yamlGuard = YAMLGuard(text)
        yamlGuard.scan(into: &diagnostics)
        documents = yamlGuard.mayParse ? YAMLReader.read(text, into: &diagnostics) : []
        self.diagnostics = diagnostics
    }

    /// `nil` when the bytes are no text of the kind that is read.
    static func text(_ bytes: [UInt8], _ diagnostics: inout DiagnosticList) -> String? {
        guard bytes.count <= YAMLGuard.maximumBytes else {
            diagnostics.error(
                .start, "the file has \(bytes.count) bytes, more than the limit of \(YAMLGuard.maximumBytes)",
                instead: "split it into several files")
            return nil
        }
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        diagnostics.error(.start, "the file isn't UTF-8", instead: "save it in that encoding")
        return nil
    }
}
