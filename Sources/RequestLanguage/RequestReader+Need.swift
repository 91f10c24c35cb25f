// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyLanguage
import RequestEvaluation

extension RequestReader {
    mutating func need(_ tree: YAMLTree) -> APIRequest.Need? {
        guard let fields = fields(tree, .requestNeed, isRequired: ["means"]) else { return nil }
        let means = fields["means"].flatMap { word($0.value, "means", APIRequest.Means.self) }
        let action = fields["action"].flatMap { word($0.value, "action", APIRequest.Action.self) }
        let operation = fields["operation"].flatMap { self.operation($0.value) }
        let element = text(fields, "element")
        checkAim(fields, at: tree.place)
        guard let means else { return nil }
        var need = APIRequest.Need(means: means)
        need.action = action
        need.operation = operation
        need.element = element
        need.subject = names(fields, "subject", "user")
        need.object = names(fields, "object", "path")
        need.access = names(fields, "access", "write")
        need.hooks = names(fields, "hooks", "socket_connect")
        need.words = fields["words"].flatMap { list($0.value, "words") }?.compactMap { text($0, "a word") } ?? []
        need.sleeps = fields["sleeps"].flatMap { word($0.value, "sleeps", Answer.self) } == .yes
        need.facts = facts(fields)
        checkHooks(fields, need)
        return need
    }

    private enum Answer: String, CaseIterable { case yes, no }

    /// A need is an operation with what is wanted of it, or an element of the API, or both.
    private mutating func checkAim(_ fields: [String: YAMLTree.Entry], at place: Place) {
        if fields["operation"] == nil, fields["element"] == nil {
            diagnostics.error(
                place, "'need' names neither an operation nor an element of the API",
                instead: "add 'operation: class.verb' with an 'action', or 'element: Message.field'")
        }
        if let entry = fields["operation"], fields["action"] == nil {
            diagnostics.error(
                entry.keyPlace, "an operation without an 'action'", instead: "add 'action: notify', 'deny' or 'ask'")
        }
        if fields["operation"] == nil {
            for key in ["action", "subject", "object", "access"] {
                guard let entry = fields[key] else { continue }
                diagnostics.error(
                    entry.keyPlace, "'\(key)' has a meaning only with an 'operation'",
                    instead: "add 'operation: class.verb', or remove it")
            }
        }
    }

    private mutating func operation(_ tree: YAMLTree) -> String? {
        guard let text = text(tree, "'operation'") else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count == 2, parts.allSatisfy({ Self.isWord(String($0)) }) { return text }
        diagnostics.error(
            tree.place, "'\(Self.excerpt(text))' isn't the name of an operation",
            instead: "write class.verb, such as file.open, or the name that a new one might have")
        return nil
    }

    /// Words that may be new, so that only their form can be checked.
    private mutating func names(_ fields: [String: YAMLTree.Entry], _ key: String, _ example: String) -> [String] {
        guard let entry = fields[key], let list = list(entry.value, key) else { return [] }
        var names: [String] = []
        for element in list {
            guard let text = text(element, "an entry of '\(key)'") else { continue }
            if Self.isWord(text) {
                names.append(text)
            } else {
                diagnostics.error(
                    element.place, "'\(Self.excerpt(text))' isn't a word for '\(key)'",
                    instead: "write lower-case letters, digits and '_', such as \(example)")
            }
        }
        return names
    }

    private static func isWord(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, (0x61...0x7A).contains(first), bytes.count <= 63 else { return false }
        return bytes.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
    }

    /// A hook that no kernel has is a mistake in spelling; one that some have is for the evaluation to say.
    private mutating func checkHooks(_ fields: [String: YAMLTree.Entry], _ need: APIRequest.Need) {
        guard let entry = fields["hooks"] else { return }
        let known = HookFacts.measured.hooks
        for element in entry.value.elements {
            guard case .text(let hook) = element.content, need.hooks.contains(hook), !known.contains(hook) else {
                continue
            }
            diagnostics.error(
                element.place, "no measured kernel lets a program be attached to the LSM hook '\(hook)'",
                instead: Spelling.suggestion(
                    for: hook, among: known, otherwise: "leave it out, and say in 'already' what you know of it"))
        }
        if need.operation == nil {
            diagnostics.error(
                entry.keyPlace, "'hooks' has a meaning only with an 'operation'",
                instead: "add 'operation: class.verb', or remove it")
        }
    }

    private mutating func facts(_ fields: [String: YAMLTree.Entry]) -> [APIRequest.Fact] {
        guard let entry = fields["facts"], let list = list(entry.value, "facts", acceptsOne: false) else { return [] }
        var facts: [APIRequest.Fact] = []
        var known: [String: Int] = [:]
        for element in list {
            guard let fields = self.fields(element, .requestFact, isRequired: ["name", "type", "summary"]) else {
                continue
            }
            let name = names(fields, "name", "remote_port").first
            let type = text(fields, "type")
            let summary = text(fields, "summary")
            let unit = text(fields, "unit") ?? ""
            guard let name, let type, let summary else { continue }
            refuseRepetition(of: name, "fact", at: element.place, among: &known)
            facts.append(APIRequest.Fact(name: name, type: type, unit: unit, summary: summary))
        }
        return facts
    }
}
