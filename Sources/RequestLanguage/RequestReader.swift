// SPDX-License-Identifier: Apache-2.0

import PolicyLanguage
import RequestEvaluation

/// One YAML document → a request.
struct RequestReader: MappingReader {
    static let apiVersion = "sallyport.dev/v1"
    static let kind = "Request"

    var diagnostics: DiagnosticList

    /// The request, or `nil` if one of its parts can't be read.
    mutating func request(_ tree: YAMLTree) -> APIRequest? {
        guard let fields = fields(tree, .request, isRequired: PolicyKeys.requiredOfRequest) else { return nil }
        fixed(fields["apiVersion"], "apiVersion", Self.apiVersion)
        fixed(fields["kind"], "kind", Self.kind)
        let metadata =
            fields["metadata"].flatMap {
                self.fields($0.value, .requestMetadata, isRequired: ["name", "title", "from", "date"])
            } ?? [:]
        let name = metadata["name"].flatMap { self.name($0.value, "the request's name") }
        let title = text(metadata, "title")
        let author = text(metadata, "from")
        let date = metadata["date"].flatMap { self.date($0.value) }
        let scenario = argument(fields, "scenario")
        let need = fields["need"].flatMap { self.need($0.value) }
        let kernels = fields["kernels"].flatMap { self.kernels($0.value) }
        let arguments = arguments(fields)
        guard let name, let title, let author, let date, let scenario, let need, let kernels, let arguments else {
            return nil
        }
        return APIRequest(
            name: name, title: title, author: author, date: date, scenario: scenario, need: need, kernels: kernels,
            arguments: arguments)
    }

    private mutating func arguments(_ fields: [String: YAMLTree.Entry]) -> APIRequest.Arguments? {
        let already = argument(fields, "already")
        let simpler = argument(fields, "simpler")
        let surface = argument(fields, "surface")
        let abuse = argument(fields, "abuse")
        let cost = fields["cost"].flatMap { self.fields($0.value, .requestCost, isRequired: ["per", "limit"]) } ?? [:]
        let per = text(cost, "per")
        let limit = text(cost, "limit")
        guard let already, let simpler, let surface, let abuse, let per, let limit else { return nil }
        return APIRequest.Arguments(
            already: already, simpler: simpler, surface: surface, costPer: per, costLimit: limit, abuse: abuse)
    }

    private mutating func fixed(_ entry: YAMLTree.Entry?, _ key: String, _ value: String) {
        guard let tree = entry?.value, let text = text(tree, "'\(key)'"), text != value else { return }
        diagnostics.error(tree.place, "unknown \(key) '\(Self.excerpt(text))'", instead: "write '\(value)'")
    }

    mutating func text(_ fields: [String: YAMLTree.Entry], _ key: String) -> String? {
        fields[key].flatMap { text($0.value, "'\(key)'") }
    }

    /// An argument has at least a few words: one that says `none` argues nothing.
    private mutating func argument(_ fields: [String: YAMLTree.Entry], _ key: String) -> String? {
        guard let entry = fields[key], let text = text(entry.value, "'\(key)'") else { return nil }
        if text.split(separator: " ").count >= Self.minimumWords, !text.hasPrefix("TODO") { return text }
        diagnostics.error(
            entry.value.place, "'\(key)' argues nothing",
            instead: "answer the question of docs/criteria/CRITERIA.md in a sentence or more")
        return nil
    }

    static let minimumWords = 5

    private mutating func date(_ tree: YAMLTree) -> String? {
        guard let text = text(tree, "'date'") else { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let isDate =
            parts.map(\.count) == [4, 2, 2] && parts.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
            && (1...12).contains(Int(parts[1]) ?? 0) && (1...31).contains(Int(parts[2]) ?? 0)
        if isDate { return text }
        diagnostics.error(tree.place, "bad date '\(Self.excerpt(text))'", instead: "write it as 2026-11-21")
        return nil
    }

    private mutating func kernels(_ tree: YAMLTree) -> [String]? {
        guard let list = list(tree, "kernels") else { return nil }
        var kernels: [String] = []
        for element in list {
            guard let text = text(element, "a kernel") else { continue }
            if HookFacts.kernels.contains(text) {
                kernels.append(text)
            } else {
                let known = HookFacts.kernels.map { "'\($0)'" }.joined(separator: ", ")
                diagnostics.error(
                    element.place, "nothing was measured on kernel '\(Self.excerpt(text))'",
                    instead: "write any of \(known): the nearest that was")
            }
        }
        return kernels.count == list.count ? kernels : nil
    }
}
