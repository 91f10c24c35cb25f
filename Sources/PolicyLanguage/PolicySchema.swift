// SPDX-License-Identifier: Apache-2.0

import EndpointModel

/// The JSON Schema of policy files, for editors: completion, descriptions and first mistakes while writing.
///
/// It is made from the keys that ``PolicyReader`` accepts and the model's words, and says less than
/// `sallyport policy check`: which operation has which fields, and what a pattern may be, only the check knows. The
/// text is the same whenever and wherever it is made; `docs/schema/policy.json` holds it.
public enum PolicySchema {
    /// The schema (draft 2020-12), with a line feed at its end.
    public static func json() -> String { document.written() + "\n" }

    private static var document: JSONText {
        let head: JSONText = [
            "$comment":
                "Generated from Sources/PolicyLanguage/PolicySchema.swift. Stability: draft. docs/POLICY.md describes the language.",
            "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "policy.json",
            "title": "Sallyport policy",
        ]
        let body = mapping(
            .document, "Which operations are allowed, denied or asked about, by whom and on what",
            [
                "apiVersion": ["description": "The version of the language", "const": .text(PolicyReader.apiVersion)],
                "kind": ["description": "What the document is", "const": .text(PolicyReader.kind)],
                "metadata": metadata, "spec": spec,
                "tests": list(of: reference("test"), "Attempts, and what the policy shall make of them"),
            ], isRequired: ["apiVersion", "kind", "metadata", "spec"])
        return head.merging(body).merging(["$defs": definitions])
    }

    private static var definitions: JSONText {
        let own: JSONText = [
            "name": [
                "type": "string", "pattern": "^[a-z0-9][a-z0-9.-]*$", "maxLength": .number(Policy.maximumNameLength),
            ],
            "operation": ["oneOf": .list(OperationCatalogue.all.filter(\.canDeny).map(operation))],
            "rule": rule, "test": test,
        ]
        let fields = Field.allCases.map { JSONText.Member(key: "field-\($0.rawValue)", value: field($0)) }
        return own.merging(shared).merging(.object(fields))
    }

    private static func operation(_ description: OperationDescription) -> JSONText {
        let sentences = [description.summary, description.note].filter { !$0.isEmpty }
        return [
            "const": .text(description.operation.rawValue), "description": .text(sentences.joined(separator: " ")),
        ]
    }

    private static var metadata: JSONText {
        mapping(
            .metadata, "What the policy is called",
            [
                "name": reference("name", "Unique on the machine"),
                "vendor": reference("name", "'site' (the default), or the registered name of a vendor"),
                "summary": [
                    "description": "One line for people", "type": "string",
                    "maxLength": .number(Policy.maximumSummaryLength),
                ],
            ], isRequired: ["name"])
    }

    private static var spec: JSONText {
        mapping(
            .spec, "What the policy does",
            [
                "mode": word(
                    Policy.Mode.self, "'audit' reports what would be denied and allows it; 'enforce' is the default"),
                "scope": condition(.scope, "Which subjects the policy concerns; every one when absent"),
                "when_uncovered": word(
                    Policy.WhenUncovered.self,
                    "On a machine that can't decide one of the operations: refuse the policy (the default), or audit"),
                "rules": list(of: reference("rule"), "In order: the first that matches decides"),
            ], isRequired: ["rules"])
    }

    private static var rule: JSONText {
        let ask: JSONText = [
            "if": ["properties": ["action": ["const": "ask"]], "required": ["action"]],
            "then": ["required": ["on_timeout"]],
            "else": ["properties": ["timeout": false, "on_timeout": false]],
        ]
        return mapping(
            .rule, "On these operations, by such a subject, on such an object: the action",
            [
                "name": reference("name", "Unique in the policy"),
                "on": oneOrMore(reference("operation"), "The operations that it decides"),
                "subject": condition(.subject, "The process that attempts it; any when absent"),
                "object": condition(.object, "What it is attempted on; anything when absent"),
                "access": oneOrMore(reference("access"), "What is wanted of the object; anything when absent"),
                "signal": oneOrMore(reference("signal"), "The signal; any when absent"),
                "mapping": oneOrMore(words(MappingKind.self), "The kind of memory; any when absent"),
                "area": oneOrMore(words(KernelArea.self), "The area of the kernel; any when absent"),
                "action": word(Rule.Action.self, "What becomes of what matches"),
                "unknown_digest": word(
                    Rule.Fallback.self, "What becomes of an attempt while a digest that the rule asks for isn't known"),
                "timeout": [
                    "description": .text(
                        "How long to wait for an answer, from \(Rule.timeoutText(Rule.timeoutRange.lowerBound)) to "
                            + Rule.timeoutText(Rule.timeoutRange.upperBound)
                            + "; \(Rule.timeoutText(Rule.defaultTimeoutMilliseconds)) when absent"),
                    "type": "string", "pattern": "^[0-9]+m?s$", "examples": ["500ms", "2s"],
                ],
                "on_timeout": word(Rule.Fallback.self, "What becomes of an attempt without an answer in time"),
            ], isRequired: ["name", "on", "action"]
        ).merging(ask)
    }

    private static func condition(_ keys: PolicyKeys, _ description: String) -> JSONText {
        let fields = keys.inverted.known.map { JSONText.Member(key: $0, value: reference("field-\($0)")) }
        let not: JSONText = [
            "not": mapping(
                keys.inverted, "Exceptions: what all of these fields match isn't selected", .object(fields)
            ).merging(["minProperties": 1])
        ]
        return mapping(keys, description, JSONText.object(fields).merging(not)).merging(["minProperties": 1])
    }
}
