// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import PolicyLanguage
import PolicyTools

extension Outcome {
    /// `verdict` is `ask` where the rule that decided asks.
    var json: JSONObject {
        [
            "verdict": .string(result.rawValue), "policy": .string(decision.policy), "rule": .string(decision.rule),
            "vendor": .string(decision.vendor),
        ]
    }
}

extension Attempt {
    /// In the words of a policy's test.
    package var json: JSONObject {
        func words(_ words: [String]) -> JSONValue? { words.isEmpty ? nil : .array(words.map(JSONValue.string)) }
        let object: JSONObject? =
            switch self.object {
            case .none: nil
            case .process(let process): process.json
            case .file(let file): file.json
            }
        return [
            "operation": .string(operation.rawValue), "subject": .object(subject.json),
            "object": object.map(JSONValue.object),
            "access": words(Access.allCases.filter(access.contains).map(\.rawValue)),
            "signal": signal.map { .string($0.text) },
            "mapping": words(MappingKind.allCases.filter(mappings.contains).map(\.rawValue)),
            "area": area.map { .string($0.rawValue) },
        ]
    }
}

extension ProcessFacts {
    fileprivate var json: JSONObject {
        var object = JSONObject()
        object.setPath("exe", exe, unresolvable: "exe_unresolvable")
        object["user"] = .number(user)
        object["groups"] = .array(groups.map { .number($0) })
        object["cgroup"] = .string(cgroup.text)
        object["ancestors"] = .array(ancestors.map { .string(AttemptFacts.text($0)) })
        if hasUnknownAncestors { object["ancestors_unknown"] = true }
        object["script"] = .bool(isScript)
        object["capabilities"] = .array(
            Capability.names.indices.compactMap { Capability(number: $0) }
                .filter { capabilities >> UInt64($0.number) & 1 != 0 }.map { .string($0.text) })
        object["digest"] = digest.map { .string($0.text) }
        return object
    }
}

extension FileFacts {
    fileprivate var json: JSONObject {
        var object = JSONObject()
        object.setPath("path", path, unresolvable: "unresolvable")
        object["flags"] = .array(FileFlag.allCases.filter(flags.contains).map { .string($0.rawValue) })
        object["filesystem"] = .string(filesystem)
        object["digest"] = digest.map { .string($0.text) }
        object["verity"] = verity.map { .string($0.text) }
        return object
    }
}
