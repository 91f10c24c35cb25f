// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// One YAML document → a policy. Rules are read in `PolicyReader+Rule.swift`.
struct PolicyReader {
    static let apiVersion = "sallyport.dev/v1"
    static let kind = "Policy"

    /// The lines of the file, to find the column of a byte within a pattern.
    let lines: [Substring]
    var diagnostics: DiagnosticList

    /// The policy, or `nil` if it has errors.
    mutating func policy(_ tree: YAMLTree) -> Policy? {
        var own = DiagnosticList(file: diagnostics.file)
        swap(&own, &diagnostics)
        let policy = read(tree)
        let hasErrors = diagnostics.hasErrors
        if let policy, !hasErrors {
            check(policy.policy, rulePlaces: policy.rulePlaces)
        }
        let isUsable = !diagnostics.hasErrors
        swap(&own, &diagnostics)
        for diagnostic in own.diagnostics { diagnostics.append(diagnostic) }
        return isUsable ? policy?.policy : nil
    }

    private mutating func read(_ tree: YAMLTree) -> (policy: Policy, rulePlaces: [Place])? {
        guard let fields = fields(tree, .document, isRequired: ["apiVersion", "kind", "metadata", "spec"]) else {
            return nil
        }
        fixed(fields["apiVersion"], "apiVersion", Self.apiVersion)
        fixed(fields["kind"], "kind", Self.kind)
        let metadata = fields["metadata"].flatMap { self.fields($0, .metadata, isRequired: ["name"]) } ?? [:]
        let name = metadata["name"].flatMap { self.name($0, "the policy's name") }
        let vendor = metadata["vendor"].flatMap { self.name($0, "the vendor") }
        let summary = metadata["summary"].flatMap { self.summary($0) }
        let spec = fields["spec"].flatMap { self.fields($0, .spec, isRequired: ["rules"]) } ?? [:]
        let mode = spec["mode"].flatMap { word($0, "mode", Policy.Mode.allCases.map(\.rawValue)) }
        guard let list = spec["rules"].flatMap({ self.list($0, "rules") }) else { return nil }
        var rules: [Rule] = []
        var places: [Place] = []
        var names: [String: Int] = [:]
        for tree in list {
            guard let (rule, namePlace) = self.rule(tree) else { continue }
            if let first = names[rule.name] {
                diagnostics.error(
                    namePlace, "the rule '\(rule.name)' is there twice, first in line \(first)",
                    instead: "rename one of them")
            }
            names[rule.name] = names[rule.name] ?? namePlace.line
            rules.append(rule)
            places.append(tree.place)
        }
        guard let name else { return nil }
        let policy = Policy(
            name: name, vendor: vendor ?? "site", summary: summary ?? "",
            mode: mode.flatMap(Policy.Mode.init(rawValue:)) ?? .enforce, rules: rules)
        return (policy, places)
    }

    // MARK: Values

    /// The values of a mapping by key. Unknown keys, keys of later versions and missing ones are reported.
    mutating func fields(_ tree: YAMLTree, _ keys: PolicyKeys, isRequired: [String] = []) -> [String: YAMLTree]? {
        guard case .mapping(let entries) = tree.content else {
            diagnostics.error(
                tree.place, "\(keys.place) must be a mapping, not \(tree.kind)",
                instead: "write 'key: value' lines with the keys " + keys.known.joined(separator: ", "))
            return nil
        }
        var fields: [String: YAMLTree] = [:]
        for entry in entries {
            if keys.known.contains(entry.key) {
                fields[entry.key] = entry.value
            } else if keys.later.contains(entry.key) {
                diagnostics.error(
                    entry.keyPlace, "the key '\(entry.key)' of \(keys.place) is not supported by this version",
                    instead: "remove it")
            } else {
                diagnostics.error(
                    entry.keyPlace, "unknown key '\(entry.key)' in \(keys.place)",
                    instead: Spelling.suggestion(for: entry.key, among: keys.known))
            }
        }
        for key in isRequired where fields[key] == nil {
            diagnostics.error(tree.place, "\(keys.place) has no '\(key)'", instead: "add it")
        }
        return fields
    }

    mutating func text(_ tree: YAMLTree, _ what: String) -> String? {
        if case .text(let text) = tree.content, !text.isEmpty { return text }
        diagnostics.error(tree.place, "\(what) must be text, not \(tree.kind)", instead: "write it after the ':'")
        return nil
    }

    /// The elements of a list that isn't empty; a single value is a list of one.
    mutating func list(_ tree: YAMLTree, _ what: String) -> [YAMLTree]? {
        switch tree.content {
        case .list(let list) where !list.isEmpty: return list
        case .text(let text) where !text.isEmpty && what != "rules": return [tree]
        case .list, .text(""):
            diagnostics.error(tree.place, "the list '\(what)' is empty", instead: "write at least one entry")
        case .text, .mapping:
            diagnostics.error(tree.place, "'\(what)' must be a list, not \(tree.kind)", instead: "write '- ' entries")
        }
        return nil
    }

    mutating func word(_ tree: YAMLTree, _ what: String, _ known: [String]) -> String? {
        guard let text = text(tree, "'\(what)'") else { return nil }
        if known.contains(text) { return text }
        diagnostics.error(
            tree.place, "unknown \(what) '\(text)'", instead: Spelling.suggestion(for: text, among: known))
        return nil
    }

    private mutating func fixed(_ tree: YAMLTree?, _ key: String, _ value: String) {
        guard let tree, let text = text(tree, "'\(key)'"), text != value else { return }
        diagnostics.error(tree.place, "unknown \(key) '\(text)'", instead: "write '\(value)'")
    }

    mutating func name(_ tree: YAMLTree, _ what: String) -> String? {
        guard let text = text(tree, what) else { return nil }
        if Policy.isName(text) { return text }
        diagnostics.error(tree.place, "\(what) '\(text)' isn't a name", instead: "write \(Policy.nameGrammar)")
        return nil
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
