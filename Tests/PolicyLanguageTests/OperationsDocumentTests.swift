// SPDX-License-Identifier: Apache-2.0

import EndpointModel
import Foundation
import PolicyLanguage
import Testing

/// `docs/OPERATIONS.md` is what the catalogue says.
@Suite struct OperationsDocumentTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/OPERATIONS.md")

    /// Writes it if the environment says `SALLYPORT_WRITE_DOCUMENTS=1`.
    @Test func theDocumentIsTheGeneratedOne() throws {
        let generated = OperationsDocument.markdown()
        if ProcessInfo.processInfo.environment["SALLYPORT_WRITE_DOCUMENTS"] == "1" {
            try generated.write(to: Self.file, atomically: true, encoding: .utf8)
        }
        let written = try String(contentsOf: Self.file, encoding: .utf8)
        #expect(written == generated, "SALLYPORT_WRITE_DOCUMENTS=1 and this test write it anew")
    }

    @Test func everyOperationHasItsSectionWithAllThatItKnows() throws {
        let sections = OperationsDocument.markdown().components(separatedBy: "\n### ").dropFirst()
        let headings = sections.map { String($0.prefix { $0 != "\n" }) }
        #expect(Set(headings) == Set(Operation.allCases.map(\.rawValue)) && headings.count == Set(headings).count)
        for section in sections {
            let name = String(section.prefix { $0 != "\n" })
            let row = OperationCatalogue.description(of: try #require(Operation(rawValue: name)))
            let words =
                row.access.map(\.rawValue) + row.hooks
                + row.object.fields.filter { $0 != .vendor }.map(\.rawValue)
                + (row.hasMapping ? MappingKind.allCases.map(\.rawValue) : [])
                + (row.hasArea ? KernelArea.allCases.map(\.rawValue) : [])
            for word in words { #expect(section.contains("`\(word)`"), "\(name) and \(word)") }
            #expect(section.contains(row.summary))
            #expect(row.note.isEmpty || section.contains(row.note))
        }
    }
}
