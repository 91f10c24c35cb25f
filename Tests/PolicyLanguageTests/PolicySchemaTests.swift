// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Foundation
import PolicyLanguage
import Testing

@Suite struct PolicySchemaTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/schema/policy.json")

    /// `SALLYPORT_WRITE_SCHEMA=1 swift test --filter PolicySchemaTests` writes the file anew.
    @Test func theDocumentedSchemaIsTheOneThatIsMade() throws {
        if ProcessInfo.processInfo.environment["SALLYPORT_WRITE_SCHEMA"] == "1" {
            try PolicySchema.json().write(to: Self.file, atomically: true, encoding: .utf8)
        }
        let written = try String(contentsOf: Self.file, encoding: .utf8)
        #expect(
            written == PolicySchema.json(),
            "write it anew: SALLYPORT_WRITE_SCHEMA=1 swift test --filter PolicySchemaTests")
    }

    @Test func theSchemaIsSoundJSONAndRefersOnlyToWhatItDefines() throws {
        let schema = try #require(
            try JSONSerialization.jsonObject(with: Data(PolicySchema.json().utf8)) as? [String: Any])
        let definitions = try #require(schema["$defs"] as? [String: Any])
        var referred: Set<String> = []
        func visit(_ value: Any) {
            if let object = value as? [String: Any] {
                if let reference = object["$ref"] as? String { referred.insert(reference) }
                object.values.forEach(visit)
            } else if let list = value as? [Any] {
                list.forEach(visit)
            }
        }
        visit(schema)
        #expect(referred == Set(definitions.keys.map { "#/$defs/\($0)" }))
    }

    @Test func everyWordOfTheModelIsInTheSchema() {
        let json = PolicySchema.json()
        let words =
            Operation.allCases.filter { $0 != .processExit }.map(\.rawValue) + Field.allCases.map(\.rawValue)
            + Access.allCases.map(\.rawValue) + MappingKind.allCases.map(\.rawValue)
            + KernelArea.allCases.map(\.rawValue) + FileFlag.selectable.map(\.rawValue)
            + Rule.Action.allCases.map(\.rawValue) + Policy.Mode.allCases.map(\.rawValue)
            + Policy.WhenUncovered.allCases.map(\.rawValue)
        for word in words { #expect(json.contains("\"\(word)\""), "\(word)") }
    }
}
