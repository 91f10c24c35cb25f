// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// The second question: is there a simpler design.
extension RequestEvaluator {
    /// A means that the criteria rule out, whatever it is wanted for.
    func simplerMeans(for request: APIRequest) -> Evaluation? {
        var evaluation = Evaluation(.simpler)
        switch request.need.means {
        case .rule, .event, .question, .call: return nil
        case .program:
            evaluation.reasons = [
                "code of a caller's in the kernel is as powerful as the kernel: no quota, no entitlement and no seal hold"
                    + " against it"
            ]
            evaluation.ways = [
                "Rules are evaluated in the kernel already, from tables that can be checked, bounded and withdrawn."
                    + " What no rule can say is an event or a question, decided in the caller's own process."
            ]
        case .expression:
            evaluation.reasons = [
                "an expression over what an attacker chooses has no bound that the kernel could prove, or takes a program"
                    + " of its own"
            ]
            evaluation.ways = [
                "Path patterns (`*`, `**`, `?`, `{a,b}`, classes) are compiled into one automaton that takes a step a"
                    + " byte. What they can't say is an event, matched in the caller's own process."
            ]
        }
        addRule(for: request, to: &evaluation)
        return evaluation
    }

    /// An operation that can't do this, and what it can do instead.
    func simplerAction(for request: APIRequest) -> Evaluation? {
        guard let description = description(of: request), let action = request.need.action else { return nil }
        let name = description.operation.rawValue
        var evaluation = Evaluation(.simpler)
        switch action {
        case .ask where !description.canAsk && description.canDeny:
            evaluation.reasons = ["`\(name)` can't be held: its hooks run where nobody may wait for user space"]
            evaluation.ways = ["A rule refuses it in the kernel by what is known beforehand, and an event tells of it."]
            addRule(for: request, to: &evaluation)
        case .ask where !description.canAsk, .deny where !description.canDeny:
            evaluation.reasons = ["`\(name)` has happened when it is seen: there is nothing left to refuse"]
            evaluation.ways = Way(api: api).sentences(.notify, of: name)
        case .notify, .deny, .ask: return nil
        }
        if !description.note.isEmpty { evaluation.ways.append("Know: " + description.note) }
        return evaluation
    }

    /// A new operation for what an existing one's hooks see already.
    func widening(for request: APIRequest) -> Evaluation? {
        guard let name = request.need.operation, request.knownOperation == nil, !request.need.hooks.isEmpty else {
            return nil
        }
        let owners = operations.filter { owner in request.need.hooks.allSatisfy { owner.hooks.contains("lsm/\($0)") } }
        if owners.isEmpty { return nil }
        let names = owners.map { "`\($0.operation.rawValue)`" }.joined(separator: ", ")
        var evaluation = Evaluation(.simpler)
        evaluation.reasons = ["what `\(name)` would see passes hooks that \(names) has already"]
        evaluation.ways = ["Ask for the field, access or detail that is missing there, instead of another operation."]
        return evaluation
    }

    private func addRule(for request: APIRequest, to evaluation: inout Evaluation) {
        guard let description = description(of: request), description.canDeny else { return }
        var rule = request
        rule.need.action = .deny
        let fields = description.fields.map(\.rawValue)
        rule.need.object.removeAll { !fields.contains($0) }
        rule.need.access.removeAll { word in !description.access.contains { $0.rawValue == word } }
        rule.need.subject.removeAll { field in !Field.ofProcesses.contains { $0.rawValue == field } }
        evaluation.policy = PolicySketch(request: rule).yaml
    }
}
