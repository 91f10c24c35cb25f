// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// One YAML document → a policy and its tests. `PolicyReader+….swift` read the parts.
struct PolicyReader: MappingReader {
    static let apiVersion = "sallyport.dev/v1"
    static let kind = "Policy"

    /// The lines of the file, to find the column of a byte within a pattern.
    var lines: SourceLines
    var diagnostics: DiagnosticList
    /// Whether the policy's scope asks for a digest, so that every rule depends on one.
    private(set) var scopeAsksForDigest = false

    let digestLists: PolicyDocument.DigestLists

    init(lines: SourceLines, diagnostics: DiagnosticList, digestLists: @escaping PolicyDocument.DigestLists) {
        self.lines = lines
        self.diagnostics = diagnostics
        self.digestLists = digestLists
    }

    /// The policy, or `nil` if it has errors.
    mutating func policy(_ tree: YAMLTree) -> (policy: Policy, tests: [PolicyTest])? {
        var own = DiagnosticList(file: diagnostics.file, document: diagnostics.document)
        swap(&own, &diagnostics)
        let document = read(tree)
        if let document, !diagnostics.hasErrors {
            check(document.policy, rulePlaces: document.rulePlaces)
        }
        let isUsable = !diagnostics.hasErrors
        swap(&own, &diagnostics)
        for diagnostic in own.diagnostics { diagnostics.append(diagnostic) }
        return isUsable ? document.map { ($0.policy, $0.tests) } : nil
    }

    private mutating func read(_ tree: YAMLTree) -> (policy: Policy, rulePlaces: [Place], tests: [PolicyTest])? {
        guard let fields = fields(tree, .document, isRequired: ["apiVersion", "kind", "metadata", "spec"]) else {
            return nil
        }
        fixed(fields["apiVersion"], "apiVersion", Self.apiVersion)
        fixed(fields["kind"], "kind", Self.kind)
        let metadata = fields["metadata"].flatMap { self.fields($0.value, .metadata, isRequired: ["name"]) } ?? [:]
        let name = metadata["name"].flatMap { self.name($0.value, "the policy's name") }
        let vendor = metadata["vendor"].flatMap { self.name($0.value, "the vendor") }
        let summary = metadata["summary"].flatMap { self.summary($0.value) }
        let spec = fields["spec"].flatMap { self.fields($0.value, .spec, isRequired: ["rules"]) } ?? [:]
        let mode = spec["mode"].flatMap { word($0.value, "mode", Policy.Mode.self) }
        let whenUncovered = spec["when_uncovered"].flatMap {
            word($0.value, "when_uncovered", Policy.WhenUncovered.self)
        }
        let scope = spec["scope"].flatMap { condition($0.value, .scope, on: nil) }
        scopeAsksForDigest = spec["scope"].map { Self.mentions(.digest, in: $0.value) } ?? false
        let rules = spec["rules"].flatMap { self.rules($0.value) }
        let tests = fields["tests"].flatMap { self.tests($0.value, ruleNames: rules?.names) } ?? []
        guard let name, let rules else { return nil }
        let policy = Policy(
            name: name, vendor: vendor ?? "site", summary: summary ?? "", mode: mode ?? .enforce,
            whenUncovered: whenUncovered ?? .refuse, scope: scope, rules: rules.rules)
        return (policy, rules.places, tests)
    }

    /// The rules that could be read, with their places; `names` are those of all, or `nil` if one could not be read.
    private mutating func rules(_ tree: YAMLTree) -> (rules: [Rule], places: [Place], names: [String]?)? {
        guard let list = list(tree, "rules", acceptsOne: false) else { return nil }
        var rules: [Rule] = []
        var places: [Place] = []
        var names: [String: Int] = [:]
        for tree in list {
            guard let (rule, namePlace) = self.rule(tree) else { continue }
            refuseRepetition(of: rule.name, "rule", at: namePlace, among: &names)
            rules.append(rule)
            places.append(tree.place)
        }
        return (rules, places, rules.count == list.count ? rules.map(\.name) : nil)
    }

    private mutating func fixed(_ entry: YAMLTree.Entry?, _ key: String, _ value: String) {
        guard let tree = entry?.value, let text = text(tree, "'\(key)'"), text != value else { return }
        diagnostics.error(tree.place, "unknown \(key) '\(text)'", instead: "write '\(value)'")
    }

    private mutating func summary(_ tree: YAMLTree) -> String? {
        guard let text = text(tree, "the summary") else { return nil }
        if Policy.isSummary(text) { return text }
        diagnostics.error(
            tree.place, "the summary isn't one line of at most \(Policy.maximumSummaryLength) bytes",
            instead: "shorten it, and explain more in comments")
        return nil
    }
}
