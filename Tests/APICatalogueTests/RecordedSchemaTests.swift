// SPDX-License-Identifier: Apache-2.0

import APICatalogue
import Foundation
import Testing

/// The check that guards the API: what `api/` declares against what is recorded of it.
@Suite struct RecordedSchemaTests {
    private func declared() throws -> APISchema {
        let folder = Protoc.root.appending(path: "api")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "sallyport/v1").path)
        return try Protoc.schema(
            of: names.filter { $0.hasSuffix(".proto") }.sorted().map { "sallyport/v1/\($0)" }, in: folder)
    }

    private func recorded() throws -> APISchema {
        try APISchema(text: Protoc.text("api/schema.txt"))
    }

    @Test func `What the API declares is what is recorded, and breaks no rule`() throws {
        for violation in SchemaComparison.violations(recorded: try recorded(), current: try declared()) {
            Issue.record("\(violation)")
        }
    }

    @Test func `The recorded schema is in the order of the declarations, and the program embeds it`() throws {
        let recorded = try recorded()
        #expect(try declared() == recorded)
        #expect(APISchema.recorded == recorded)
        let source = try Protoc.text("Sources/APICatalogue/Generated/RecordedSchemaText.swift")
        #expect(source == RecordedSchemaSource.swift(for: recorded))
    }

    @Test func `Every service that the design names is there`() throws {
        let services = Set(APISchema.recorded.elements.filter { $0.kind == .service }.map(\.ownName))
        let expected: Set = [
            "Platform", "Events", "Authorizer", "Policies", "Protection", "Processes", "Integrity", "Inspection",
            "Vendors",
        ]
        #expect(services.isSuperset(of: expected), "\(expected.subtracting(services))")
    }

    @Test(arguments: APIElement.Kind.allCases.filter { $0 != .reserved })
    func `Freezing an element of the API and changing it afterwards fails`(kind: APIElement.Kind) throws {
        let recorded = try recorded()
        let indices = recorded.elements.indices.filter { recorded.elements[$0].kind == kind }
        #expect(!indices.isEmpty)
        for index in indices.prefix(10) {
            var frozen = recorded
            frozen.elements[index].stability = .frozen
            var changed = frozen
            changed.elements[index].summary += " "
            let violations = SchemaComparison.violations(recorded: frozen, current: changed)
            #expect(violations.contains { $0.rule == .frozenChanged && $0.element == frozen.elements[index].name })
        }
    }

    @Test func `The page on the life cycle names every rule and every stability`() throws {
        let text = try Protoc.text("docs/API_LIFECYCLE.md")
        for rule in SchemaViolation.Rule.allCases { #expect(text.contains("`\(rule.rawValue)`"), "\(rule)") }
        for stability in Stability.allCases { #expect(text.contains("`\(stability.rawValue)`")) }
    }
}
