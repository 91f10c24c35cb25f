// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// Reads what all parts of a policy, and of files that are read like one, are made of: mappings, lists, words and names.
package protocol MappingReader {
    var diagnostics: DiagnosticList { get set }
}

extension MappingReader {
    /// The entries of a mapping by key. Unknown keys and missing ones are reported.
    package mutating func fields(
        _ tree: YAMLTree, _ keys: PolicyKeys, isRequired: [String] = []
    ) -> [String: YAMLTree.Entry]? {
        guard case .mapping(let entries) = tree.content else {
            diagnostics.error(
                tree.place, "\(keys.place) must be a mapping, not \(tree.kind)",
                instead: "write 'key: value' lines with the keys " + keys.known.joined(separator: ", "))
            return nil
        }
        var fields: [String: YAMLTree.Entry] = [:]
        for entry in entries {
            if keys.known.contains(entry.key) {
                fields[entry.key] = entry
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

    package mutating func text(_ tree: YAMLTree, _ what: String) -> String? {
        if case .text(let text) = tree.content, !text.isEmpty { return text }
        diagnostics.error(tree.place, "\(what) must be text, not \(tree.kind)", instead: "write it after the ':'")
        return nil
    }

    /// The elements of a list that isn't empty; a single value is a list of one where that is accepted.
    package mutating func list(_ tree: YAMLTree, _ what: String, acceptsOne: Bool = true) -> [YAMLTree]? {
        switch tree.content {
        case .list(let list) where !list.isEmpty: return list
        case .text(let text) where !text.isEmpty && acceptsOne: return [tree]
        case .list, .text(""):
            diagnostics.error(tree.place, "the list '\(what)' is empty", instead: "write at least one entry")
        case .text, .mapping:
            diagnostics.error(tree.place, "'\(what)' must be a list, not \(tree.kind)", instead: "write '- ' entries")
        }
        return nil
    }

    /// The entries of the list `key`, or `nil` if one of them can't be read.
    mutating func entries<Value>(_ tree: YAMLTree, _ key: String, _ kind: ListEntry<Value>) -> [Value]? {
        guard let list = list(tree, key) else { return nil }
        var values: [Value] = []
        var known: Set<Value> = []
        var isWhole = true
        for element in list {
            guard let value = entry(element, kind) else {
                isWhole = false
                continue
            }
            if known.insert(value).inserted {
                values.append(value)
            } else {
                warnOfRepetition("the \(kind.noun) \(element.kind)", at: element.place)
            }
        }
        return isWhole ? values : nil
    }

    mutating func entry<Value>(_ tree: YAMLTree, _ kind: ListEntry<Value>) -> Value? {
        guard let text = text(tree, kind.one) else { return nil }
        if let value = kind.read(text) { return value }
        diagnostics.error(
            tree.place, "\(kind.problem) \(kind.noun) '\(Self.excerpt(text))'", instead: kind.instead(text))
        return nil
    }

    package mutating func word<Word: RawRepresentable<String> & CaseIterable & Hashable>(
        _ tree: YAMLTree, _ key: String, _: Word.Type
    ) -> Word? {
        guard let text = text(tree, "'\(key)'") else { return nil }
        if let word = Word(rawValue: text) { return word }
        diagnostics.error(
            tree.place, "unknown \(key) '\(Self.excerpt(text))'",
            instead: Spelling.suggestion(for: text, among: Word.allCases.map(\.rawValue)))
        return nil
    }

    package mutating func name(_ tree: YAMLTree, _ what: String) -> String? {
        guard let text = text(tree, what) else { return nil }
        if Policy.isName(text) { return text }
        diagnostics.error(tree.place, "\(what) '\(text)' isn't a name", instead: "write \(Policy.nameGrammar)")
        return nil
    }

    /// Notes the line of `name` in `names`, or refuses it if it is there.
    package mutating func refuseRepetition(
        of name: String, _ what: String, at place: Place, among names: inout [String: Int]
    ) {
        if let first = names[name] {
            diagnostics.error(
                place, "the \(what) '\(name)' is there twice, first in line \(first)", instead: "rename one of them")
        } else {
            names[name] = place.line
        }
    }

    mutating func warnOfRepetition(_ what: String, at place: Place) {
        diagnostics.warning(place, "\(what) is there twice", instead: "remove one")
    }

    /// `text` as messages quote it.
    package static func excerpt(_ text: String) -> String { text.count <= 80 ? text : text.prefix(79) + "…" }
}
