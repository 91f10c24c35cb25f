// SPDX-License-Identifier: Apache-2.0

import EndpointModel

extension PolicyReader {
    /// What can be said of a whole policy that has no mistakes.
    mutating func check(_ policy: Policy, rulePlaces: [Place]) {
        for unreachable in Reachability.unreachableRules(of: policy) {
            let names = unreachable.covering.map { "'\(policy.rules[$0].name)'" }
            let name = policy.rules[unreachable.rule].name
            if names.isEmpty {
                diagnostics.error(
                    rulePlaces[unreachable.rule], "the rule '\(name)' matches nothing",
                    instead: "remove it, or correct its conditions")
            } else {
                let shown = names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", …" : "")
                diagnostics.error(
                    rulePlaces[unreachable.rule],
                    "the rule '\(name)' is unreachable: all that it matches is decided by \(shown) before it",
                    instead: "move it up, or remove it")
            }
        }
        for (index, rule) in policy.rules.enumerated() where rule.action == .deny {
            warnOfUnresolvable(rule, of: policy, at: rulePlaces[index])
        }
    }

    /// Of a rule that denies files across components, in a policy that doesn't say what happens to those which can't be
    /// resolved. An inverted list needs no word: they satisfy it as it is.
    private mutating func warnOfUnresolvable(_ rule: Rule, of policy: Policy, at place: Place) {
        let patterns = rule.object?.all.lazy.filter { $0.field == .path }.compactMap(\.pathList).flatMap(\.patterns)
        let crossing = patterns?.first {
            $0.alternatives.contains { $0.contains { $0 == .deepRun || $0 == .components } }
        }
        guard let crossing else { return }
        let open = rule.operations.filter { operation in
            !policy.rules.contains { $0.operations.contains(operation) && $0.mentionsUnresolvableFiles }
        }
        guard !open.isEmpty else { return }
        diagnostics.warning(
            place,
            "the rule '\(rule.name)' denies '\(crossing.text)', but a path that can't be resolved matches no '**', and"
                + " no rule of this policy says what to do with one on " + Self.list(open),
            instead: "add 'unresolvable' to the list, or write a rule with 'path: [unresolvable]'")
    }
}

extension Rule {
    fileprivate var mentionsUnresolvableFiles: Bool {
        guard let object else { return false }
        return (object.all + object.not).contains { $0.field == .path && $0.pathList?.unresolvable == true }
    }
}

extension DiagnosticList {
    mutating func append(_ diagnostic: Diagnostic) {
        let place = Place(line: diagnostic.line, column: diagnostic.column)
        switch diagnostic.severity {
        case .error: error(place, diagnostic.message, instead: diagnostic.instead)
        case .warning: warning(place, diagnostic.message, instead: diagnostic.instead)
        }
    }
}
