// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// What a condition must be. Where the object of an operation has no such field, ``PolicyCheck`` says.
enum ConditionCheck {
    /// - Parameter place: `scope`, `subject` or `object`.
    static func problem(with condition: Condition, of place: String) -> String? {
        guard !condition.all.isEmpty || !condition.not.isEmpty else {
            return "has a \(place) without any field: name one or remove it"
        }
        for (group, name) in [(condition.all, place), (condition.not, "\(place).not")] {
            var fields: Set<Field> = []
            for field in group {
                let word = "\(name).\(field.field.rawValue)"
                guard fields.insert(field.field).inserted else { return "has two lists of \(word): join them" }
                if field.field == .vendor {
                    return
                        "has a condition on \(word): rules can't select agents by vendor yet; select by exe or digest"
                }
                guard place == "object" || Field.ofProcesses.contains(field.field) else {
                    return "has a condition on \(word), which a process hasn't got"
                }
                if field.isEmpty { return "has an empty list of \(word)" }
                if let problem = problem(with: field) { return "has \(problem) in \(word)" }
            }
        }
        return nil
    }

    /// Members that the type of a list lets pass when it is decoded.
    private static func problem(with field: FieldCondition) -> String? {
        switch field {
        case .flags(let flags): flags.contains(.mprotect) ? "the flag 'mprotect', which isn't a file's" : nil
        case .filesystem(let names): names.contains("") ? "an empty name" : nil
        case .capability(let list):
            list.first { Capability(number: Int($0.number)) == nil }.map { "a capability \($0.number) that isn't one" }
        case .container(let list):
            list.first { ContainerSelector($0.text) != $0 }.map { "a container '\($0.text)' that isn't one" }
        case .user(let list), .group(let list):
            list.first { Account($0.text) != $0 }.map { "an account '\($0.text)' that isn't one" }
        default: nil
        }
    }
}
