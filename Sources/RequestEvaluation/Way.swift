// SPDX-License-Identifier: Apache-2.0

import APICatalogue

/// Sentences that say how something is done today.
struct Way {
    let api: APISchema

    func sentences(_ action: APIRequest.Action, of operation: String) -> [String] {
        switch action {
        case .notify:
            return [
                "`sallyport watch --operation \(operation)` shows it.",
                "An agent subscribes: " + reference("Events.Watch", "`WatchRequest.operations`"),
            ]
        case .deny:
            return [
                "A rule with `action: deny` refuses it in the kernel, at tier `enforce`.",
                "An agent installs the rule: " + reference("Policies.Apply", "`Rule`"),
            ]
        case .ask:
            return [
                "A rule with `action: ask` holds it, or an agent asks to be asked: "
                    + reference("Authorizer.Authorize", "`Authorization.operations`")
            ]
        }
    }

    /// What the element is and how far it can be relied on.
    func sentence(for element: APIElement) -> String {
        let stability = element.stability ?? .draft
        let reliance =
            switch stability {
            case .draft: "draft: nothing to rely on yet"
            case .review: "in review: changes with a notice only"
            case .frozen: "frozen"
            }
        return "`\(api.shortName(element))` (\(reliance)): \(element.summary)"
    }

    private func reference(_ name: String, _ part: String) -> String {
        guard let element = api.elements(named: name).first else { return "by \(part)." }
        return "`\(name)` with \(part) (\(element.stability?.rawValue ?? "draft"))."
    }
}
